import Glibc
import System

/// A directory for files that are needed for a while; gone with this.
public final class ScratchDirectory: Sendable {
  /// Its path.
  public let path: String

  /// A new directory in `parent`, open to its owner only (mkdtemp(3)).
  public init(in parent: String) throws(Failure) {
    var name = Array("\(parent)/ociutils-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Errno.current.failure(parent) }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { remove() }

  /// Removes it with all that is in it.
  public func remove() {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    guard let directory = try? FileDescriptor.open("\(path[..<slash])/", O_RDONLY | O_DIRECTORY) else {
      return
    }
    let name = FileName(String(path[slash...].dropFirst()))
    // Whoever is stopped while it fills may still put a file there.
    for _ in 0..<3 where (try? directory.removeTree(name)) == nil {}
  }
}
