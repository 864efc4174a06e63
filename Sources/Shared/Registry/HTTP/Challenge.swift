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
      let before = rest
      skip(" \t")
      if rest.first == UInt8(ascii: "=") {
        guard parameter(name) else { return nil }
      } else {
        rest = before
        challenges.append(Challenge(scheme: name))
        guard separated() else { return nil }
        skipCredential()
      }
      guard atSeparator() else { return nil }
    }
    return challenges
  }

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

  private func separated() -> Bool {
    guard let next = rest.first else { return true }
    return " \t,".utf8.contains(next)
  }

  /// Past a `token68`, which neither of our schemes has in a challenge.
  private mutating func skipCredential() {
    let before = rest
    skip(" \t")
    rest = rest.drop { isToken($0) || $0 == UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: "=") }
    let isParameter = before.count > rest.count && !(rest.isEmpty || rest.first == UInt8(ascii: ","))
    if isParameter { rest = before }
  }

  /// Past the comma, or the space after a scheme, that must follow.
  private mutating func atSeparator() -> Bool {
    guard !rest.isEmpty else { return true }
    guard separated() else { return false }
    skip(" \t,")
    return true
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
