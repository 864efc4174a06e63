import Glibc
import System

extension FileDescriptor {
  /// The whole of a regular file of at most `limit` bytes; nil where it is something else, or larger.
  func regularContent(limit: Int) throws(Errno) -> [UInt8]? {
    let status = try status()
    guard status.kind == .regular, status.size <= UInt64(limit) else { return nil }
    do { return try readToEnd(limit: limit) } catch {
      // It has grown.
      guard error.rawValue == EFBIG else { throw error }
      return nil
    }
  }
}
