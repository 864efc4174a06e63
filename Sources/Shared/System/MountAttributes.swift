/// What holds for everything in a mount (MOUNT_ATTR_… of mount_setattr(2)).
public struct MountAttributes: OptionSet, Hashable, Sendable {
  /// The bits of `mount_attr.attr_set`.
  public let rawValue: UInt64
  /// The bits of `mount_attr.attr_set`.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Nothing can be changed.
  public static let readOnly = MountAttributes(rawValue: 0x1)
  /// Set-user-ID bits and file capabilities have no effect.
  public static let noSetUserID = MountAttributes(rawValue: 0x2)
  /// Devices can't be opened.
  public static let noDevices = MountAttributes(rawValue: 0x4)
  /// No program can be executed.
  public static let noExecution = MountAttributes(rawValue: 0x8)
  /// Reading leaves no time of access.
  public static let noAccessTime = MountAttributes(rawValue: 0x10)
}

/// How mounts made in one place appear in others (mount_namespaces(7)).
public enum MountPropagation: UInt64, Sendable {
  /// They don't.
  case `private` = 0x40000
  /// From where it was copied to here, not back.
  case slave = 0x80000
  /// Both ways.
  case shared = 0x100000
}
