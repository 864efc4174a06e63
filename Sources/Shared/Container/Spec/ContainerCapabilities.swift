/// A set of capabilities, a bit for each number (capabilities(7)).
public struct CapabilitySet: OptionSet, Hashable, Sendable {
  /// Bit N is capability N of <linux/capability.h>.
  public let rawValue: UInt64
  /// Bit N is capability N of <linux/capability.h>.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The five sets of capabilities of a process (capabilities(7), runtime-spec config.md).
///
/// What the runner itself lacks is left out of all of them: nobody can give what they don't have.
public struct ContainerCapabilities: Hashable, Sendable {
  /// What can ever be had.
  public var bounding: CapabilitySet = []
  /// What counts.
  public var effective: CapabilitySet = []
  /// What can be made to count.
  public var permitted: CapabilitySet = []
  /// What programs with file capabilities may take over.
  public var inheritable: CapabilitySet = []
  /// What every program takes over.
  public var ambient: CapabilitySet = []

  /// None.
  public init() {}
}
