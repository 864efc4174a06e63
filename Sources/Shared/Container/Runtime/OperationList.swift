import CLinux
import Glibc
import System

/// What the child does, in order, and the mounts it works on: `clinux_operation`s with the memory they point to.
final class OperationList {
  /// A mount by its place in the list.
  struct Mount: Equatable {
    let index: CInt
    /// None.
    static let none = Mount(index: -1)
  }

  private(set) var operations: [clinux_operation] = []
  /// For each operation, what a failure of it is about, and what was being done.
  private(set) var labels: [(subject: String, doing: String)] = []
  private(set) var mounts: [CInt] = []
  // Descriptors that operations name, kept open until the child has its own.
  private var kept: [FileDescriptor] = []
  private var memory: [UnsafeMutableRawPointer] = []

  deinit { memory.forEach { $0.deallocate() } }

  /// A place for a mount: one that is there already, or one that an operation will make.
  func mount(_ descriptor: FileDescriptor? = nil) -> Mount {
    if let descriptor { kept.append(descriptor) }
    mounts.append(descriptor?.number ?? -1)
    return Mount(index: CInt(mounts.count - 1))
  }

  /// The number of a descriptor that stays open as long as the list.
  func keep(_ descriptor: FileDescriptor) -> UInt64 {
    kept.append(descriptor)
    return UInt64(descriptor.number)
  }

  /// Adds an operation; which fields mean what is said at its kind.
  func add(
    _ kind: clinux_operation_kind, _ subject: String, _ doing: String, mount: Mount = .none,
    other: Mount = .none,
    flags: UInt64 = 0, number: UInt64 = 0, path: String? = nil, data: [UInt8]? = nil, size: Int? = nil
  ) {
    operations.append(
      clinux_operation(
        kind: kind, mount: mount.index, other: other.index, flags: flags, number: number,
        path: path.map(text), data: data.map { UnsafeRawPointer(bytes($0)) }, size: size ?? data?.count ?? 0))
    labels.append((subject, doing))
  }

  /// A copy of `string` that lives as long as the list.
  func text(_ string: String) -> UnsafePointer<CChar> {
    UnsafePointer(bytes(Array(string.utf8) + [0]).assumingMemoryBound(to: CChar.self))
  }

  /// A copy of `values` that lives as long as the list.
  func values<Value>(_ values: [Value]) -> UnsafePointer<Value> {
    let copy = UnsafeMutablePointer<Value>.allocate(capacity: max(1, values.count))
    copy.initialize(from: values, count: values.count)
    memory.append(UnsafeMutableRawPointer(copy))
    return UnsafePointer(copy)
  }

  private func bytes(_ bytes: [UInt8]) -> UnsafeMutableRawPointer {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    copy.copyMemory(from: bytes, byteCount: bytes.count)
    memory.append(copy)
    return copy
  }
}
