import CLinux
import Glibc

extension FileDescriptor {
  /// A file without a name in the file system of `directory`, for what is too large for memory; gone when closed.
  ///
  /// Only its owner could open it while it had a name, which it has at most for a moment (O_TMPFILE | O_EXCL).
  public static func spool(in directory: String) throws(Errno) -> FileDescriptor {
    let directory = try open(directory, O_PATH | O_DIRECTORY)
    return try directory.unnamedOrUnlinkedFile(O_EXCL, mode: 0o600)
  }

  /// A file without a name in this directory; `link(as:in:)` may give it one, where the file system has O_TMPFILE.
  public func stagingFile() throws(Errno) -> FileDescriptor {
    try unnamedOrUnlinkedFile(0, mode: 0o666)
  }

  private func unnamedOrUnlinkedFile(_ flags: CInt, mode: mode_t) throws(Errno) -> FileDescriptor {
    if let file = try unnamedFile(flags, mode: mode) { return file }
    let (file, name) = try temporaryFile(mode: mode)
    try unlink(name)
    return file
  }

  /// A file without a name in this directory, to which `link(as:in:)` gives one unless `flags` have O_EXCL.
  ///
  /// Nil where the file system has no O_TMPFILE.
  public func unnamedFile(_ flags: CInt = 0, mode: mode_t = 0o666) throws(Errno) -> FileDescriptor? {
    do {
      return try open(".", clinux_O_TMPFILE | O_RDWR | flags, mode: mode)
    } catch {
      if [EOPNOTSUPP, EISDIR, EINVAL].contains(error.rawValue) { return nil }
      throw error
    }
  }

  /// A new file in this directory under a name that nothing else has.
  func temporaryFile(mode: mode_t = 0o666) throws(Errno) -> (FileDescriptor, name: String) {
    let flags = O_RDWR | O_CREAT | O_EXCL
    return try withTemporaryName { name throws(Errno) in try open(name, flags, mode: mode) }
  }

  /// What `make` makes under a name that nothing in this directory has.
  func withTemporaryName<Made>(_ make: (String) throws(Errno) -> Made) throws(Errno) -> (Made, name: String) {
    while true {
      let name = ".ociutils-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
      do { return (try make(name), name) } catch { if error.rawValue != EEXIST { throw error } }
    }
  }
}

/// O_PATH of open(2): a place in the tree, without opening what is there.
public let O_PATH = clinux_O_PATH
