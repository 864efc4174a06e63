/// Where an http or https request goes (RFC 3986), with nothing in it that two parsers could read differently.
struct HTTPAddress: Hashable, Sendable {
  /// How it is spoken to.
  var scheme: Endpoint.Scheme
  /// The host in lower case; an IPv6 address in brackets.
  var host: String
  /// The port, the scheme's own included.
  var port: UInt16
  /// The path and query; begins with a slash.
  var target: String

  /// An absolute address; nil where it is anything else than plain http or https, or names a user.
  init?(parsing text: String) {
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8),
      let scheme = Endpoint.Scheme(rawValue: String(decoding: bytes[..<colon], as: UTF8.self).lowercased())
    else { return nil }
    let rest = bytes[(colon + 3)...]
    let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
    self.init(scheme, authority: rest[..<end], target: rest[end...])
  }

  /// The place of `authority` (`HOST[:PORT]`) and `path`; nil where one is out of grammar.
  init?(_ scheme: Endpoint.Scheme, authority: String, path: String) {
    self.init(scheme, authority: Array(authority.utf8)[...], target: Array(path.utf8)[...])
  }

  private init?(_ scheme: Endpoint.Scheme, authority: ArraySlice<UInt8>, target: ArraySlice<UInt8>) {
    guard let (host, port) = Self.split(authority), let target = Self.clean(target) else { return nil }
    self.scheme = scheme
    self.host = host
    self.port = port ?? (scheme == .http ? 80 : 443)
    self.target = target
  }

  /// What `reference`, the value of a Location field, means here.
  func resolving(_ reference: String) -> HTTPAddress? {
    if reference.hasPrefix("//") { return HTTPAddress(parsing: "\(scheme.rawValue):\(reference)") }
    if reference.hasPrefix("/") { return replacing(target: reference) }
    // A scheme comes before any slash; a relative path with a colon in its first segment is not allowed.
    let segment = reference.prefix { !"/?#".contains($0) }
    if segment.contains(":") { return HTTPAddress(parsing: reference) }
    let path = target.prefix { $0 != "?" }
    if reference.hasPrefix("?") { return replacing(target: path + reference) }
    return replacing(target: path[...(path.lastIndex(of: "/") ?? path.startIndex)] + reference)
  }

  private func replacing(target: some StringProtocol) -> HTTPAddress? {
    guard let target = Self.clean(Array(target.utf8)[...]) else { return nil }
    var address = self
    address.target = target
    return address
  }

  /// The path and query without a fragment; nil where it has a character that belongs percent-encoded.
  private static func clean(_ target: ArraySlice<UInt8>) -> String? {
    let kept = target.prefix { $0 != UInt8(ascii: "#") }
    guard kept.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }) else { return nil }
    let text = String(decoding: kept, as: UTF8.self)
    return text.hasPrefix("/") ? text : "/" + text
  }

  private static func split(_ authority: ArraySlice<UInt8>) -> (host: String, port: UInt16?)? {
    let end: Int
    if authority.first == UInt8(ascii: "[") {
      guard let bracket = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      let inner = authority[(authority.startIndex + 1)..<bracket]
      guard !inner.isEmpty, inner.allSatisfy({ "0123456789abcdefABCDEF:.".utf8.contains($0) }) else {
        return nil
      }
      end = bracket + 1
    } else {
      end = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
      guard end > authority.startIndex, authority[..<end].allSatisfy(isName) else { return nil }
    }
    let host = String(decoding: authority[..<end], as: UTF8.self).lowercased()
    guard end < authority.endIndex else { return (host, nil) }
    let digits = authority[(end + 1)...]
    guard authority[end] == UInt8(ascii: ":"), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = UInt16(String(decoding: digits, as: UTF8.self)), port > 0
    else { return nil }
    return (host, port)
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
      || "-._".utf8.contains(byte)
  }
}

extension HTTPAddress: CustomStringConvertible {
  /// Scheme, host and port: to whom credentials given for one address may go as well.
  struct Origin: Hashable, Sendable {
    let scheme: Endpoint.Scheme
    let host: String
    let port: UInt16
  }

  /// Scheme, host and port.
  var origin: Origin { Origin(scheme: scheme, host: host, port: port) }

  /// The host, with its port where it is not the scheme's own.
  var authority: String { port == (scheme == .http ? 80 : 443) ? host : "\(host):\(port)" }

  /// The whole address; may hold secrets in its query.
  var text: String { "\(scheme.rawValue)://\(authority)\(target)" }

  /// The address without its query, which is where signed addresses have their secrets.
  var description: String { "\(scheme.rawValue)://\(authority)\(target.prefix { $0 != "?" })" }

  /// Whether it is on this machine, by its text.
  var isLoopback: Bool { Host(host)?.isLoopback == true }

  /// The same with `fields` added to its query, percent-encoded.
  func adding(query fields: [(name: String, value: String)]) -> HTTPAddress {
    var address = self
    for field in fields {
      address.target += address.target.contains("?") ? "&" : "?"
      address.target += "\(field.name.percentEncoded)=\(field.value.percentEncoded)"
    }
    return address
  }
}

extension String {
  /// All but the unreserved characters as `%XX` (RFC 3986, section 2.3).
  var percentEncoded: String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
      default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Base 64 of the UTF-8 bytes (RFC 4648, section 4).
  var base64: String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let bytes = Array(utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
      for position in 0..<4 {
        text.append(
          position <= group.count ? letters[bits >> (18 - 6 * position) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
