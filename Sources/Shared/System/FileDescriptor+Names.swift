import CLinux
import Glibc

// What is done to names that are bytes. A name is one component: nothing here follows a symbolic link in its place.

extension FileDescriptor {
  /// Opens `name` in this directory, never through a symbolic link (openat(2)); O_CLOEXEC is always added.
  public func open(_ name: FileName, _ flags: CInt, mode: mode_t = 0) throws(Errno) -> FileDescriptor {
    FileDescriptor(
      owning: try name.withCString { name throws(Errno) in
        try retrying { openat(number, name, flags | O_CLOEXEC | O_NOFOLLOW, mode) }
      })
  }

  /// What is under `name` (fstatat(2)).
  public func status(of name: FileName) throws(Errno) -> FileStatus {
    var status = stat()
    _ = try name.withCString { name throws(Errno) in
      try retrying { fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
    }
    return FileStatus(status)
  }

  /// Makes a directory (mkdirat(2)); the umask applies.
  public func makeDirectory(_ name: FileName, mode: mode_t) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in try retrying { mkdirat(number, name, mode) } }
  }

  /// Makes a symbolic link to `target` (symlinkat(2)).
  public func makeSymlink(_ name: FileName, to target: FileName) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in
      try target.withCString { target throws(Errno) in try retrying { symlinkat(target, number, name) } }
    }
  }

  /// Makes a device, a fifo or a socket (mknodat(2)); the umask applies.
  public func makeNode(_ name: FileName, mode: mode_t, device: dev_t = 0) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in try retrying { mknodat(number, name, mode, device) } }
  }

  /// Gives the file `name` here another name (linkat(2)), in `directory`.
  public func link(_ name: FileName, as newName: FileName, in directory: FileDescriptor) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in
      try newName.withCString { newName throws(Errno) in
        try retrying { linkat(number, name, directory.number, newName, 0) }
      }
    }
  }

  /// Gives `name` the new name `newName` in `directory`, replacing what has it (renameat(2)).
  public func rename(_ name: FileName, to newName: FileName, in directory: FileDescriptor) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in
      try newName.withCString { newName throws(Errno) in
        try retrying { renameat(number, name, directory.number, newName) }
      }
    }
  }

  /// Removes a name: of a file or, where `directory`, of an empty directory (unlinkat(2)).
  public func unlink(_ name: FileName, directory: Bool = false) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in
      try retrying { unlinkat(number, name, directory ? AT_REMOVEDIR : 0) }
    }
  }

  /// The target of a symbolic link (readlinkat(2)); with an empty name that of this O_PATH descriptor itself.
  public func target(of name: FileName) throws(Errno) -> FileName {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = try name.withCString { name throws(Errno) in
      try retrying { readlinkat(number, name, &buffer, buffer.count) }
    }
    guard let target = FileName(buffer[..<count]) else { throw Errno(EINVAL) }
    return target
  }
}
