import Glibc
import System

/// Digests of files as they were written down: sorted, looked up where they lie.
final class FileTable: @unchecked Sendable {
  // Nothing changes after `init`.

  private static let magic = Array("ociutils files 2\n".utf8)
  private static let headerSize = 32
  /// The most entries that are kept, those last used: 21 MB.
  static let most = 200_000

  private let memory: UnsafeMutableRawBufferPointer
  /// The entries.
  let entries: UnsafeBufferPointer<FileEntry>

  deinit { memory.deallocate() }

  /// The table in `directory`; empty where there is none that can be understood.
  init(_ name: String, in directory: FileDescriptor) {
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    let stride = MemoryLayout<FileEntry>.stride
    if let file = try? directory.open(name, flags, resolve: BuildCache.inside),
      let status = try? file.status(), status.kind == .regular,
      let size = Int(exactly: status.size), size >= Self.headerSize,
      size <= Self.headerSize + Self.most * stride,
      (size - Self.headerSize) % stride == 0
    {
      memory = .allocate(byteCount: size, alignment: 16)
      if Self.fill(memory, from: file), memory.starts(with: Self.magic) {
        let start = memory.baseAddress! + Self.headerSize
        let count = (size - Self.headerSize) / stride
        entries = UnsafeBufferPointer(
          start: start.bindMemory(to: FileEntry.self, capacity: count), count: count)
        return
      }
    } else {
      memory = .allocate(byteCount: 0, alignment: 16)
    }
    entries = UnsafeBufferPointer(start: nil, count: 0)
  }

  private static func fill(_ memory: UnsafeMutableRawBufferPointer, from file: FileDescriptor) -> Bool {
    var count = 0
    while count < memory.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
      guard let read = try? file.read(into: rest), read > 0 else { return false }
      count += read
    }
    return true
  }

  /// The place of the entry of the same file, whatever its state.
  func place(of file: FileEntry) -> Int? {
    var range = 0..<entries.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if FileEntry.precedes(entries[middle], file) {
        range = (middle + 1)..<range.upperBound
      } else if FileEntry.precedes(file, entries[middle]) {
        range = range.lowerBound..<middle
      } else {
        return middle
      }
    }
    return nil
  }

  /// Writes `entries`, sorted, as a table to `path`.
  static func write(_ entries: [FileEntry], to path: String) throws(Errno) {
    let file = try AtomicFile(path)
    try file.descriptor.write(magic + [UInt8](repeating: 0, count: headerSize - magic.count))
    let written = entries.withUnsafeBytes { bytes in
      Result { () throws(Errno) in try file.descriptor.write(bytes) }
    }
    try written.get()
    try file.commit()
  }
}
