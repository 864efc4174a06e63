import System

/// The address of a git repository, with what of it is wanted: `REMOTE#REF:DIRECTORY` or `REMOTE?branch=…&subdir=…`.
///
/// http and https addresses are one if their path ends in `.git`; those of git and ssh always are, and so is
/// `USER@HOST:PATH`. Paths of this machine and the git protocols that run commands never are.
public struct GitAddress: Hashable, Sendable {
  /// What git is given.
  let remote: String
  /// The branch, tag or commit; nil: what HEAD is there.
  private(set) var reference: String?
  /// The directory that is wanted; nil: all.
  private(set) var subdirectory: String?
  /// The commit that it has to be.
  private(set) var checksum: String?
  /// Whether the repository itself is wanted, too.
  private(set) var keepsGitDirectory = false
  /// Whether repositories within it are fetched.
  private(set) var hasSubmodules = true

  /// Whether a text is such an address.
  public static func isOne(_ text: String) -> Bool {
    let place = text.prefix { $0 != "#" }
    let lower = place.prefix(8).lowercased()
    if lower.hasPrefix("git://") || lower.hasPrefix("ssh://") { return true }
    if lower.hasPrefix("http://") || lower.hasPrefix("https://") {
      return place.prefix { $0 != "?" }.hasSuffix(".git")
    }
    return isSecureCopy(place)
  }

  /// Whether a text can be a commit: 40 or 64 hexadecimal digits.
  static func isCommit(_ text: String) -> Bool {
    [40, 64].contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// What `text` says.
  ///
  /// - Throws: `failed` where it is none, or could be taken for anything but an address.
  public init(parsing text: String) throws(Failure) {
    guard Self.isOne(text) else { throw Self.wrong(text, "is no address of a git repository") }
    let sides = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    var place = sides[0]
    var query: Substring?
    if !Self.isSecureCopy(place), let mark = place.firstIndex(of: "?") {
      query = place[mark...].dropFirst()
      place = place[..<mark]
    }
    remote = String(place)
    try checkRemote(text)
    if sides.count > 1, !sides[1].isEmpty {
      guard query == nil else { throw Self.wrong(text, "what is wanted is said behind `?` or `#`, not both") }
      let parts = sides[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if !parts[0].isEmpty { reference = String(parts[0]) }
      if parts.count > 1 { subdirectory = String(parts[1]) }
    }
    for pair in query?.split(separator: "&") ?? [] { try take(pair, text) }
    try check(text)
  }

  private mutating func take(_ pair: Substring, _ text: String) throws(Failure) {
    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let value = AddedSources.unescaped(parts.count > 1 ? String(parts[1]) : "") else {
      throw Self.wrong(text, "a percent sign without two digits")
    }
    var refs: [String] = []
    switch parts[0] {
    case "ref": refs = [value]
    case "branch": refs = ["refs/heads/" + value]
    case "tag": refs = ["refs/tags/" + value]
    case "subdir": subdirectory = value
    case "checksum", "commit": checksum = value
    case "keep-git-dir": keepsGitDirectory = try Self.truth(value, text)
    case "submodules": hasSubmodules = try Self.truth(value, text)
    default: throw Self.wrong(text, "unexpected query \"\(parts[0])\"")
    }
    guard let ref = refs.first else { return }
    guard reference == nil else { throw Self.wrong(text, "ref, branch and tag exclude each other") }
    reference = ref
  }

  private static func truth(_ value: String, _ text: String) throws(Failure) -> Bool {
    switch value.lowercased() {
    case "", "1", "t", "true": return true
    case "0", "f", "false": return false
    default: throw wrong(text, "\"\(value)\" is neither true nor false")
    }
  }
}

extension GitAddress {
  /// `USER@HOST:PATH`.
  private static func isSecureCopy(_ place: Substring) -> Bool {
    guard let sign = place.firstIndex(of: "@") else { return false }
    let rest = place[sign...].dropFirst()
    guard let colon = rest.firstIndex(of: ":"), !rest[colon...].dropFirst().isEmpty else { return false }
    return isPlain(place[..<sign]) && isPlain(rest[..<colon])
  }

  /// Whether it can be the name of a user or a host, and never an option.
  private static func isPlain(_ text: Substring) -> Bool {
    !text.isEmpty && text.first != "-"
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
          || "-_.".utf8.contains($0)
      }
  }

  /// What git or ssh might take for an option, and what no terminal should see, is refused.
  private func checkRemote(_ text: String) throws(Failure) {
    guard remote.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
      throw Self.wrong(text, "spaces and control characters can't be in an address")
    }
    guard let colon = remote.firstIndex(of: ":"), remote[colon...].hasPrefix("://") else { return }
    let authority = remote[colon...].dropFirst(3).prefix { $0 != "/" }
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    guard !host.isEmpty, host.first != "-", authority.first != "-" else {
      throw Self.wrong(text, "the host is missing or begins with a dash")
    }
  }

  private func check(_ text: String) throws(Failure) {
    if let reference {
      let isSound = reference.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"~^:?*[\\".utf8.contains($0) }
      let parts = reference.split(separator: ".", omittingEmptySubsequences: false)
      guard isSound, !reference.isEmpty, !reference.hasPrefix("-"), !parts.dropFirst().dropLast().contains("")
      else { throw Self.wrong(text, "invalid ref \"\(reference)\"") }
    }
    if let subdirectory, subdirectory.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      throw Self.wrong(text, "invalid subdirectory \"\(subdirectory)\"")
    }
    if let checksum, !Self.isCommit(checksum) {
      throw Self.wrong(text, "invalid checksum: it is the commit, 40 hexadecimal digits")
    }
  }

  private static func wrong(_ text: String, _ problem: String) -> Failure {
    Failure(.failed, AddedSources.shown(text), problem.oneLine)
  }

  /// As it may be shown.
  var shown: String { AddedSources.shown(remote) }
}
