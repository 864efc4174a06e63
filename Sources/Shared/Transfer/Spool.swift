import Layout
import System

/// Where the members of an archive wait whose time has not come.
public enum Spool: Sendable {
  /// In an unlinked file in this directory.
  case directory(String)
  /// In the layout that they are to go to, where a blob is then only given its name.
  case layout(LayoutDirectory)

  /// A file for all that need not become a blob by itself.
  func file() throws(Failure) -> FileDescriptor {
    switch self {
    case .directory(let path):
      do { return try FileDescriptor.spool(in: path) } catch {
        throw error.failure(path, doing: "making a spool file")
      }
    case .layout(let layout): return try layout.spoolFile()
    }
  }

  /// What `error` means when it is written to.
  func failure(_ error: Errno) -> Failure {
    switch self {
    case .directory(let path): error.failure(path, doing: "spooling")
    case .layout(let layout): error.failure(layout.path, doing: "spooling")
    }
  }
}
