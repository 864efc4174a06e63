/// How a server wants to be convinced: one challenge of a WWW-Authenticate field (RFC 9110, section 11.6.1).
struct Challenge: Hashable, Sendable {
  /// The scheme in lower case: `basic`, `bearer`.
  var scheme: String
  /// The parameters, names in lower case.
  var parameters: [String: String] = [:]

  /// All challenges of the field's values, in order; nil where one is out of grammar.
  static func parse(_ values: [String]) -> [Challenge]? {
    var all: [Challenge] = []
    for value in values {
      var parser = ChallengeParser(rest: Array(value.utf8)[...])
      guard let challenges = parser.parse() else { return nil }
      all += challenges
    }
    return all
  }
}

/// Reads one WWW-Authenticate value.
private struct ChallengeParser {
  var rest: ArraySlice<UInt8>
  var challenges: [Challenge] = []

  mutating func parse() -> [Challenge]? {
    skip(" \t,")
    while !rest.isEmpty {
      guard let name = token() else { return nil }
      let hasSpace = rest.first == 0x20 || rest.first == 0x09
      skip(" \t")
      if rest.first == UInt8(ascii: "=") {
        guard parameter(name) else { return nil }
      } else {
        challenges.append(Challenge(scheme: name))
        // Its first parameter follows without a comma.
        if hasSpace, !skipCredential() {
          guard let name = token() else { return nil }
          skip(" \t")
          guard rest.first == UInt8(ascii: "="), parameter(name) else { return nil }
        }
      }
      skip(" \t")
      guard isAtElementEnd else { return nil }
      skip(" \t,")
    }
    return challenges
  }

  private var isAtElementEnd: Bool { rest.isEmpty || rest.first == UInt8(ascii: ",") }

  /// `= VALUE` of the parameter `name`, which belongs to the challenge read last.
  private mutating func parameter(_ name: String) -> Bool {
    rest.removeFirst()
    skip(" \t")
    guard let last = challenges.indices.last, challenges[last].parameters[name] == nil else { return false }
    let value: String?
    if rest.first == UInt8(ascii: "\"") { value = quoted() } else { value = token(lowercased: false) }
    challenges[last].parameters[name] = value
    return value != nil
  }

  /// Goes past a `token68`, which neither of our schemes has in a challenge, or nothing at all; false where
  /// parameters follow.
  private mutating func skipCredential() -> Bool {
    let before = rest
    rest = rest.drop { isToken($0) || $0 == UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: "=") }
    skip(" \t")
    if isAtElementEnd { return true }
    rest = before
    return false
  }

  private mutating func skip(_ characters: String) {
    rest = rest.drop { characters.utf8.contains($0) }
  }

  private func isToken(_ byte: UInt8) -> Bool {
    (0x21...0x7e).contains(byte) && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
  }

  private mutating func token(lowercased: Bool = true) -> String? {
    let bytes = rest.prefix(while: isToken)
    guard !bytes.isEmpty else { return nil }
    rest = rest[bytes.endIndex...]
    let text = String(decoding: bytes, as: UTF8.self)
    return lowercased ? text.lowercased() : text
  }

  private mutating func quoted() -> String? {
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let escaped = rest.popFirst() else { return nil }
        bytes.append(escaped)
      case 0..<0x20, 0x7f: return nil
      default: bytes.append(byte)
      }
    }
    return nil
  }
}
