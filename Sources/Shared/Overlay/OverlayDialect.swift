import System

/// The names by which overlayfs marks what is in a layer (Linux, Documentation/filesystems/overlayfs.rst).
///
/// Whiteouts are character devices 0:0 in both.
public enum OverlayDialect: String, Hashable, Sendable, CaseIterable {
  /// `trusted.overlay.*`: of mounts that root makes.
  case trusted
  /// `user.overlay.*`: of mounts in a user namespace, with the option `userxattr`.
  case user

  /// What all attributes of this dialect begin with.
  public var prefix: String { "\(rawValue).overlay." }

  /// The attribute of a directory that hides what lower layers have in it; its value is `y`.
  public var opaque: FileName { FileName(prefix + "opaque") }

  /// The attribute of a file that was renamed: where it lies below.
  public var redirect: FileName { FileName(prefix + "redirect") }

  /// The attribute of a file whose content still lies below.
  var metacopy: FileName { FileName(prefix + "metacopy") }

  /// The attribute of a regular file that is a whiteout, in a directory whose opaque mark is `x`.
  var whiteout: FileName { FileName(prefix + "whiteout") }

  /// Whether an attribute is overlayfs's own, in whichever dialect: a stranger's layer must not set it.
  public static func owns(_ attribute: some Collection<UInt8>) -> Bool {
    allCases.contains { attribute.starts(with: $0.prefix.utf8) }
  }
}
