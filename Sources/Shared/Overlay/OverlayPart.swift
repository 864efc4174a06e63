import Glibc
import System

/// A directory of one layer, which merges with those of others.
struct OverlayPart: Sendable {
  let directory: FileDescriptor
  /// The number of its layer, from the top.
  let layer: Int
  /// Whether whiteouts in it may be regular files that an attribute marks.
  let hasMarkedFiles: Bool

  /// The directory of that layer, and whether it hides what lower layers have in it.
  static func at(
    _ directory: FileDescriptor, layer: Int, _ dialect: OverlayDialect
  ) throws(Errno) -> (OverlayPart, isOpaque: Bool) {
    let mark = try directory.extendedAttribute(dialect.opaque)
    let part = OverlayPart(
      directory: directory, layer: layer, hasMarkedFiles: mark == [UInt8(ascii: "x")])
    return (part, mark == [UInt8(ascii: "y")])
  }

  /// Whether a file of that kind, nil where not known, can be a whiteout here.
  func mayBeWhiteout(_ kind: FileStatus.Kind?) -> Bool {
    kind == nil || kind == .characterDevice || hasMarkedFiles && kind == .regular
  }

  /// Whether `name` here is one.
  func isWhiteout(_ name: FileName, _ status: FileStatus, _ dialect: OverlayDialect) throws(Errno) -> Bool {
    if status.isWhiteout { return true }
    guard hasMarkedFiles, status.kind == .regular, status.size == 0 else { return false }
    return try directory.extendedAttribute(dialect.whiteout, of: name) != nil
  }
}

extension FileStatus {
  /// Whether it is what overlayfs takes for a whiteout: the character device 0:0.
  public var isWhiteout: Bool { kind == .characterDevice && raw.st_rdev == 0 }
}
