import Image

/// The beginning of an image's name, as `prefix` and `location` in registries.conf give it: a host, and perhaps
/// namespaces, a repository, a tag and a digest.
struct RegistryName: Hashable, Sendable {
  /// The host, then any part of the path.
  let name: String
  let tag: String?
  let digest: Digest?

  /// The name in `text`; nil where it does not begin with a host or is out of grammar.
  init?(_ text: String) {
    var rest = Substring(text)
    while rest.last == "/" { rest.removeLast() }
    var digest: Digest?
    if let at = rest.firstIndex(of: "@") {
      digest = Digest(rest[rest.index(after: at)...])
      guard digest != nil else { return nil }
      rest = rest[..<at]
    }
    var tag: String?
    if let slash = rest.lastIndex(of: "/"), let colon = rest[slash...].firstIndex(of: ":") {
      tag = String(rest[rest.index(after: colon)...])
      rest = rest[..<colon]
      guard let tag, (1...128).contains(tag.utf8.count), tag.utf8.allSatisfy(Self.isWord) else { return nil }
    }
    guard Self.isName(rest), digest == nil || rest.contains("/") else { return nil }
    name = String(rest)
    self.tag = tag
    self.digest = digest
  }

  /// A host alone, without a port; nil where `host` is none.
  init?(host: String) {
    guard let parsed = Host(host), parsed.port == nil else { return nil }
    name = host
    tag = nil
    digest = nil
  }

  /// The name as it is written.
  var text: String { name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

  /// The host and the path of a full name; nil where `name` is out of grammar.
  static func split(_ name: String) -> (host: String, path: String)? {
    guard isName(name[...]), let slash = name.firstIndex(of: "/") else { return nil }
    return (String(name[..<slash]), String(name[name.index(after: slash)...]))
  }

  private static func isName(_ text: Substring) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let host = parts.first, Host(host) != nil else { return false }
    guard host.contains(".") || host.contains(":") || host == "localhost" else { return false }
    return parts.dropFirst().allSatisfy { part in
      part.utf8.allSatisfy(isWord) && part.utf8.first.map(isAlphanumeric) == true
        && part.utf8.last.map(isAlphanumeric) == true && part == part.lowercased()
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
