/// A member of an archive, as its header has it: every value is a stranger's.
public struct ArchiveEntry: Sendable, Equatable {
  /// The kind of member.
  public enum Kind: Sendable, Equatable {
    /// A file with the bytes that follow.
    case regular
    /// A directory.
    case directory
    /// A symbolic link to `target`, as it stands.
    case symlink(target: String)
    /// Another name of the member `target`, which came before.
    case hardlink(target: String)
    /// A device, FIFO or socket.
    case other
  }

  /// The path as it stands: may be absolute, hold `..`, or come twice.
  public let path: String
  /// The kind of member.
  public let kind: Kind
  /// The size of the body, bytes.
  public let size: UInt64
  /// Where the body lies in the input; nil where the input is compressed or can't be read at an offset.
  public let dataOffset: UInt64?
}
