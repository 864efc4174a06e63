import Glibc
import System

/// Files of the host that the user names, or that every host has.
enum HostFile {
  /// The largest that is read, bytes.
  private static let limit = 4 << 20

  /// The content of the file at `path`: any kind that ends, so that `--env-file <(…)` works.
  static func content(_ path: String) throws(Failure) -> [UInt8] {
    do { return try FileDescriptor.open(path, O_RDONLY | O_NOCTTY).readToEnd(limit: limit) } catch {
      throw error.failure(path)
    }
  }

  /// The absolute path of what is at `path`, symbolic links followed (realpath(3)).
  static func absolute(_ path: String) throws(Failure) -> String {
    guard let resolved = realpath(path, nil) else { throw Errno.current.failure(path) }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
