import CLinux
import Glibc

extension FileDescriptor {
  /// Who else may hold a lock at the same time.
  public enum LockKind: Sendable {
    case shared
    case exclusive
  }

  /// Locks the open file description until it is closed, by whatever end of the process (flock(2)).
  ///
  /// Two descriptors from two opens exclude each other, even in one process.
  ///
  /// - Throws: EWOULDBLOCK where another holds it and `waiting` is false.
  public func lock(_ kind: LockKind, waiting: Bool = true) throws(Errno) {
    let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | (waiting ? 0 : LOCK_NB)
    _ = try retrying { flock(number, operation) }
  }

  /// Makes this file, or the names in this directory, durable (fsync(2)).
  public func synchronize() throws(Errno) {
    _ = try retrying { fsync(number) }
  }

  /// Makes everything in this file system durable (syncfs(2)).
  public func synchronizeFileSystem() throws(Errno) {
    _ = try retrying { clinux_syncfs(number) }
  }
}
