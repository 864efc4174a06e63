import System

/// Who a command is: user, group and further groups.
public struct Identity: Hashable, Sendable {
  /// The user.
  public var user: UInt32
  /// The group.
  public var group: UInt32
  /// The groups besides; the group itself is one of them, else a command could leave what is denied to it
  /// (CVE-2022-36109).
  public var groups: [UInt32]
  /// The home directory.
  public var home: String

  /// Who `USER[:GROUP]` is, by Docker's rules; empty for root.
  ///
  /// A number is always an ID, whether the image knows it or not. The further groups are those that the image lists the
  /// user in, unless a group is named.
  ///
  /// - Parameter added: `--group-add`.
  /// - Throws: `notFound` for a name that the image does not know; `usage`.
  public init(_ text: String, adding added: [String] = [], in accounts: Accounts) throws(Failure) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let userPart = parts.first ?? ""
    let groupPart = parts.count > 1 ? parts[1] : ""
    let wanted = userPart.isEmpty ? 0 : try Self.number(userPart)
    let known = accounts.users.first { user in wanted.map { $0 == user.id } ?? (user.name == userPart) }
    if let known {
      user = known.id
      group = known.group
      home = known.home.isEmpty ? "/" : known.home
    } else if let wanted {
      user = wanted
      group = 0
      home = "/"
    } else {
      throw Failure(
        .notFound, "", "unable to find user \(userPart.oneLine): no matching entries in passwd file")
    }
    var further: [UInt32] = []
    if !groupPart.isEmpty {
      group = try Self.group(groupPart, in: accounts)
    } else if let known {
      further = accounts.groups.filter { $0.members.contains(known.name) }.map(\.id)
    }
    for name in added { further.append(try Self.group(name, in: accounts)) }
    groups = [group]
    if !further.isEmpty {
      var taken: Set = [group]
      for id in further where taken.insert(id).inserted { groups.append(id) }
    }
    guard groups.count <= 1 << 16 else { throw Failure(.invalid, "", "the user is in too many groups") }
  }

  /// The number that `text` is; nil for a name.
  ///
  /// - Throws: `usage` for a number that is no ID.
  private static func number(_ text: String) throws(Failure) -> UInt32? {
    if let number = Accounts.number(text) { return number }
    guard Int(text) != nil || text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    throw Failure(.usage, "", "\(text): uids and gids must be in range 0-2147483647")
  }

  private static func group(_ text: String, in accounts: Accounts) throws(Failure) -> UInt32 {
    if let number = try number(text) { return number }
    guard let group = accounts.groups.first(where: { $0.name == text }) else {
      throw Failure(
        .notFound, "", "unable to find group \(text.oneLine): no matching entries in group file")
    }
    return group.id
  }
}
