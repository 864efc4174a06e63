import CLinux
import Glibc

// What is done to names in a directory. A name is one component: nothing here resolves links on the way to it.

extension FileDescriptor {
  /// Makes the directory `path` and those above it that are missing (mkdir(2)); fine if it exists.
  public static func makeDirectories(_ path: String) throws(Errno) {
    do {
      _ = try retrying { mkdir(path, 0o777) }
    } catch {
      switch error.rawValue {
      case EEXIST: return
      case ENOENT:
        let trimmed = path.reversed().drop { $0 == "/" }
        let parent = String(trimmed.drop { $0 != "/" }.drop { $0 == "/" }.reversed())
        guard !parent.isEmpty else { throw error }
        try makeDirectories(parent)
        do { _ = try retrying { mkdir(path, 0o777) } } catch { if error.rawValue != EEXIST { throw error } }
      default: throw error
      }
    }
  }

  /// The directory `name` in this one, made if it is missing (mkdirat(2)); never through a symbolic link.
  public func subdirectory(_ name: String) throws(Errno) -> FileDescriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    do { return try open(name, flags) } catch { if error.rawValue != ENOENT { throw error } }
    do { try makeDirectory(name) } catch { if error.rawValue != EEXIST { throw error } }
    return try open(name, flags)
  }

  /// Makes the directory `name` (mkdirat(2)).
  public func makeDirectory(_ name: String, mode: mode_t = 0o777) throws(Errno) {
    _ = try retrying { mkdirat(number, name, mode) }
  }

  /// Gives `name` the new name `newName` in `directory`, replacing what has it (renameat(2)).
  public func rename(_ name: String, to newName: String, in directory: FileDescriptor) throws(Errno) {
    _ = try retrying { renameat(number, name, directory.number, newName) }
  }

  /// Removes the name of a file (unlinkat(2)).
  public func unlink(_ name: String) throws(Errno) {
    _ = try retrying { unlinkat(number, name, 0) }
  }

  /// Gives a file without a name the name `name` in `directory` (linkat(2)).
  ///
  /// - Throws: EEXIST where the name is taken.
  public func link(as name: String, in directory: FileDescriptor) throws(Errno) {
    do {
      _ = try retrying { linkat(number, "", directory.number, name, clinux_AT_EMPTY_PATH) }
    } catch {
      // Older kernels want CAP_DAC_READ_SEARCH for it, and say ENOENT.
      guard error.rawValue == ENOENT else { throw error }
      let path = "/proc/self/fd/\(number)"
      _ = try retrying { linkat(AT_FDCWD, path, directory.number, name, AT_SYMLINK_FOLLOW) }
    }
  }

  /// What is under `name`, a symbolic link not followed (fstatat(2)).
  public func status(of name: String) throws(Errno) -> FileStatus {
    var status = stat()
    _ = try retrying { fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
    return FileStatus(status)
  }

  /// The names in this directory without `.` and `..`, as they are, sorted by their bytes (readdir(3)).
  public func names() throws(Errno) -> [[UInt8]] {
    try listing().map(\.name.bytes)
  }

  /// The same, and of what kind each is where the file system says it (readdir(3), `d_type`).
  public func listing() throws(Errno) -> [(name: FileName, kind: FileStatus.Kind?)] {
    let stream = try DirectoryStream(of: self)
    var listing: [(name: FileName, kind: FileStatus.Kind?)] = []
    while let entry = try stream.next() { listing.append(entry) }
    listing.sort { $0.name < $1.name }
    return listing
  }
}
