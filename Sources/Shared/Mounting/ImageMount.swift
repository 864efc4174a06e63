import CommandLine
import Image
import ImageCommand
import LayerStore
import System
import Transfer
import Unpack

/// An image shown as files: mounted, mounted for one command, copied, or only unpacked.
public struct ImageMount {
  /// What becomes of changes.
  public enum Changes: Sendable {
    /// None can be made.
    case refused
    /// They are gone with the mount.
    case forgotten
    /// They are kept in this directory.
    case kept(String)
  }

  /// How it is shown.
  public struct Options: Sendable {
    /// The driver's name; nil: the one that works best here.
    public var driver: String?
    /// What becomes of changes.
    public var changes: Changes
    /// The platform to take of an index; nil: this machine's.
    public var platform: Platform?
    /// The most bytes to unpack; nil: what is free.
    public var limit: UInt64?
    /// Whether the disk has everything before a layer counts as unpacked.
    public var durably: Bool

    /// Showing an image in this manner.
    public init(driver: String?, changes: Changes, platform: Platform?, limit: UInt64?, durably: Bool) {
      self.driver = driver
      self.changes = changes
      self.platform = platform
      self.limit = limit
      self.durably = durably
    }
  }

  private let session: Session
  private let options: Options

  /// Shows images as `session` sees them.
  public init(_ session: Session, _ options: Options) {
    self.session = session
    self.options = options
  }
}
