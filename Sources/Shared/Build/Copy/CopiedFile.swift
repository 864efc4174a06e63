import Overlay
import System

/// A file, not a directory, that is copied to a certain place.
struct CopiedFile: Sendable {
  /// Where its content comes from.
  enum Content: Sendable {
    /// A file of a tree, and the directory in which it lies.
    case member(OverlayEntry, FileTree)
    /// Bytes: a here-document.
    case bytes([UInt8])
    /// A file without a name: what was downloaded.
    case file(FileDescriptor, FileStatus)
  }

  /// The name it has as a source, which it keeps in a directory.
  let name: FileName
  /// What it consists of.
  let content: Content
  /// When it was written, where the content does not tell: seconds since 1970.
  var modified: Int64?
  /// Its permissions, where the content does not tell.
  var mode: UInt16?
}

/// A source of a COPY, as it was found.
enum CopiedSource: Sendable {
  /// A directory, whose content is copied.
  case directory(FileTree)
  /// Anything else.
  case file(CopiedFile)
}
