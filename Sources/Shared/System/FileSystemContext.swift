import CLinux
import Glibc

/// A file system that is being set up to be mounted (fsopen(2), fsconfig(2), fsmount(2)): Linux 5.2.
public struct FileSystemContext: Sendable {
  private let descriptor: FileDescriptor

  /// A context for a file system of this type (fsopen(2)).
  ///
  /// - Throws: ENODEV where the kernel doesn't know the type, EPERM, ENOSYS before Linux 5.2.
  public init(_ type: String) throws(Errno) {
    // FSOPEN_CLOEXEC
    descriptor = FileDescriptor(owning: try retrying { clinux_fsopen(type, 1) })
  }

  /// Sets an option to a text of up to 255 bytes (FSCONFIG_SET_STRING).
  public func set(_ key: String, to value: String) throws(Errno) {
    _ = try retrying { clinux_fsconfig(descriptor.number, 1, key, value, 0) }
  }

  /// Sets an option that has no value (FSCONFIG_SET_FLAG).
  public func set(_ key: String) throws(Errno) {
    _ = try retrying { clinux_fsconfig(descriptor.number, 0, key, nil, 0) }
  }

  /// Sets an option to a path, from `directory` on where it is relative (FSCONFIG_SET_PATH).
  public func set(_ key: String, toPath path: String, from directory: FileDescriptor) throws(Errno) {
    _ = try retrying { clinux_fsconfig(descriptor.number, 3, key, path, directory.number) }
  }

  /// Sets an option to an open file (FSCONFIG_SET_FD).
  public func set(_ key: String, to file: FileDescriptor) throws(Errno) {
    _ = try retrying { clinux_fsconfig(descriptor.number, 5, key, nil, file.number) }
  }

  /// Makes the file system of what was set, and a mount of it that is nowhere yet (FSCONFIG_CMD_CREATE, fsmount(2)).
  public func mount(_ attributes: MountAttributes) throws(Errno) -> FileDescriptor {
    _ = try retrying { clinux_fsconfig(descriptor.number, 6, nil, nil, 0) }
    // FSMOUNT_CLOEXEC
    return FileDescriptor(
      owning: try retrying { clinux_fsmount(descriptor.number, 1, UInt32(attributes.rawValue)) })
  }

  /// What the kernel has to say about what was done, each message once; errors only.
  public func messages() -> [String] {
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    // A read gives one message: `e overlay: text`.
    while let count = try? buffer.withUnsafeMutableBytes({ bytes throws(Errno) in
      try descriptor.read(into: bytes)
    }), count > 0 {
      let message = String(decoding: buffer[..<count], as: UTF8.self)
      if message.hasPrefix("e ") {
        messages.append(String(message.dropFirst(2).filter { $0 != "\n" }))
      }
    }
    return messages
  }
}
