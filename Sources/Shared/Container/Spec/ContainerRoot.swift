import Overlay
import System

/// What a container's `/` is.
public enum ContainerRoot: Sendable {
  /// A directory, without what is mounted in it.
  case directory(String)
  /// Layers merged by overlayfs.
  case overlay(ContainerOverlay)
}

/// Directories merged by overlayfs, by whoever has the user namespace of the runner.
public struct ContainerOverlay: Sendable {
  /// Where changes go.
  public enum Upper: Sendable {
    /// Nowhere: it is read-only.
    case none
    /// A directory, and overlayfs's own work directory in the same file system.
    case directory(String, work: String)
    /// Memory, up to so many bytes (nil: half of it), gone with the container.
    case memory(size: UInt64?)
  }

  /// A lower directory.
  public enum Lower: Sendable {
    /// By its absolute path.
    case path(String)
    /// By a descriptor of it.
    case descriptor(FileDescriptor)
  }

  /// The lower directories, the topmost first, at least one; any number.
  public var lowers: [Lower]
  /// How they are marked.
  public var dialect: OverlayDialect
  /// Where changes go.
  public var upper: Upper
  /// Whether owners of files are those within the container's own user namespace, not outside: they are shifted by
  /// idmapped mounts (in the lower directories; Linux 6.15).
  ///
  /// Upper directories are not: what overlayfs writes there it writes as who mounts it. An upper directory in memory
  /// gets the right owner; another must have it, the number outside that is 0 inside.
  public var isShifted = false
  /// Whether changes need not survive a crash of the machine (overlayfs's option `volatile`).
  public var isVolatile = true

  /// These directories merged.
  public init(lowers: [Lower], dialect: OverlayDialect, upper: Upper) {
    self.lowers = lowers
    self.dialect = dialect
    self.upper = upper
  }
}
