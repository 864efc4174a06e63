import Glibc
import System

/// A directory as overlayfs would merge it out of several: names of upper ones hide those of lower ones, whiteouts
/// hide and are hidden, opaque directories end the merge.
public struct OverlayDirectory: Sendable {
  /// The directories of the same path that merge, the topmost first; never empty.
  public let places: [FileDescriptor]
  /// How they are marked.
  public let dialect: OverlayDialect

  /// The root of layers, the topmost first, at least one.
  public init(roots: [FileDescriptor], dialect: OverlayDialect) {
    precondition(!roots.isEmpty)
    places = roots
    self.dialect = dialect
  }
}

/// What a merged directory has under a name: a file of one of its places.
public struct OverlayEntry: Sendable {
  /// The directory in which it lies.
  public let place: FileDescriptor
  /// Its name there.
  public let name: FileName
  /// What it is.
  public let status: FileStatus
}

extension OverlayDirectory {
  /// What is under `name`; nil where nothing is, or it is whited out.
  public func entry(_ name: FileName) throws(Errno) -> OverlayEntry? {
    preconditionFailure("to be written")
  }

  /// The directory under `name`, merged; nil where there is none (a symbolic link is none).
  public func directory(_ name: FileName) throws(Errno) -> OverlayDirectory? {
    preconditionFailure("to be written")
  }

  /// All names, those whited out left out, sorted by their bytes.
  public func names() throws(Errno) -> [FileName] {
    preconditionFailure("to be written")
  }
}
