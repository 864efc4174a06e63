import Glibc

/// Which user and group numbers a user namespace has, and what they are outside (user_namespaces(7)).
public struct IdentityMap: Hashable, Sendable {
  /// A run of numbers: `inside`, `outside`, `count`, as in /proc/PID/uid_map.
  public struct Run: Hashable, Sendable {
    /// The first number within the namespace.
    public var inside: UInt32
    /// The first number outside.
    public var outside: UInt32
    /// How many.
    public var count: UInt32

    /// `count` numbers from `inside` on that are those from `outside` on.
    public init(inside: UInt32, outside: UInt32, count: UInt32) {
      self.inside = inside
      self.outside = outside
      self.count = count
    }
  }

  /// The runs of users.
  public var users: [Run]
  /// The runs of groups.
  public var groups: [Run]

  /// A map of these runs.
  public init(users: [Run], groups: [Run]) {
    self.users = users
    self.groups = groups
  }

  /// Every number is what it is outside: the first namespace.
  public static let identity = IdentityMap(
    users: [Run(inside: 0, outside: 0, count: .max)], groups: [Run(inside: 0, outside: 0, count: .max)])
}

extension IdentityMap {
  /// That of this process's user namespace (/proc/self/uid_map, /proc/self/gid_map).
  public static func current() throws(Errno) -> IdentityMap {
    IdentityMap(users: try runs(of: "/proc/self/uid_map"), groups: try runs(of: "/proc/self/gid_map"))
  }

  private static func runs(of path: String) throws(Errno) -> [Run] {
    try FileDescriptor.text(of: path).split(separator: "\n").compactMap { line in
      let numbers = line.split(separator: " ").compactMap { UInt32($0) }
      guard numbers.count == 3 else { return nil }
      return Run(inside: numbers[0], outside: numbers[1], count: numbers[2])
    }
  }
}
