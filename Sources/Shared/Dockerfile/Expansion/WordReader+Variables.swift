import System

extension WordReader {
  /// What a `$` stands for, with what belongs to it.
  mutating func dollar() throws(Failure) -> [UInt8] {
    position += 1
    let start = position
    guard next == UInt8(ascii: "{") else {
      let name = name()
      guard !name.isEmpty else { return [UInt8(ascii: "$")] }
      guard let value = try value(of: name) else {
        return rules.keepsUnset ? Array(text[(start - 1)..<position]) : []
      }
      return Array(value.utf8)
    }
    position += 1
    depth += 1
    defer { depth -= 1 }
    guard depth <= Expansion.depthLimit else { throw wrong("variables are nested too deeply") }
    switch next {
    case nil: throw Self.missingBrace
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ":"):
      throw wrong("syntax error: bad substitution")
    default: return try substitution(of: name())
    }
  }

  private static var missingBrace: Failure { wrong("syntax error: missing '}'") }

  /// The value, counted as work and noted.
  private mutating func value(of name: String) throws(Failure) -> String? {
    guard let value = lookup(name) else {
      record.undefined.insert(name)
      return nil
    }
    record.used.insert(name)
    guard value.utf8.count <= limit else { throw Self.tooLong }
    try record.spend(value.utf8.count)
    return value
  }

  /// What `${name` stands for with all up to the `}`.
  private mutating func substitution(of name: String) throws(Failure) -> [UInt8] {
    guard var sign = take() else { throw Self.missingBrace }
    var signs = [sign]
    switch sign {
    case UInt8(ascii: "}"):
      guard let value = try value(of: name) else {
        return rules.keepsUnset ? Array("${\(name)}".utf8) : []
      }
      return Array(value.utf8)
    case UInt8(ascii: "/"): return try replacement(of: name)
    case UInt8(ascii: ":"):
      guard let second = take() else { throw Self.missingBrace }
      sign = second
      signs.append(second)
    default: break
    }
    let isPattern = sign == UInt8(ascii: "#") || sign == UInt8(ascii: "%")
    let unsupported = wrong("unsupported modifier (\(signs[...].text)) in substitution")
    guard signs.count == 1 ? isPattern || "+-?".utf8.contains(sign) : !isPattern else { throw unsupported }
    let word = try nested(until: UInt8(ascii: "}"), keepsEscapes: isPattern)
    let value = try value(of: name)
    if value == nil, rules.keepsUnset { return Array("${\(name)".utf8) + signs + word + [UInt8(ascii: "}")] }
    let isMissing = signs.count == 2 ? value?.isEmpty ?? true : value == nil
    switch sign {
    case UInt8(ascii: "-"): return isMissing ? word : Array((value ?? "").utf8)
    case UInt8(ascii: "+"): return isMissing ? [] : word
    case UInt8(ascii: "?"):
      guard isMissing else { return Array((value ?? "").utf8) }
      let reason = value == nil ? "is not allowed to be unset" : "is not allowed to be empty"
      throw wrong("\(name): \(word.isEmpty ? reason : word[...].text)")
    case UInt8(ascii: "#"), UInt8(ascii: "%"): return try trimmed(value ?? "", sign, word)
    default: throw unsupported
    }
  }

  private mutating func take() -> UInt8? {
    defer { position += next == nil ? 0 : 1 }
    return next
  }

  /// `value` without what `word`, a pattern, fits at its start (`#`) or end (`%`); doubled, the longest.
  private mutating func trimmed(_ value: String, _ sign: UInt8, _ word: [UInt8]) throws(Failure) -> [UInt8] {
    let isLongest = word.first == sign
    let pattern = try Pattern(isLongest ? word.dropFirst() : word[...])
    let scalars = Array(value.unicodeScalars)
    let isSuffix = sign == UInt8(ascii: "%")
    var matcher = Pattern.Matcher(isSuffix ? scalars.reversed() : scalars, record)
    defer { record = matcher.record }
    guard let end = try matcher.end(of: isSuffix ? pattern.reversed : pattern, at: 0, isLongest: isLongest)
    else { return Array(value.utf8) }
    return Pattern.bytes(isSuffix ? scalars.dropLast(end) : scalars.dropFirst(end))
  }

  /// `${name/PATTERN/TEXT}`, after the first `/`; a second one there replaces all.
  private mutating func replacement(of name: String) throws(Failure) -> [UInt8] {
    let replacesAll = next == UInt8(ascii: "/")
    if replacesAll { position += 1 }
    let word = try nested(until: UInt8(ascii: "/"), keepsEscapes: true)
    let text = try nested(until: UInt8(ascii: "}"), keepsEscapes: true)
    let value = try value(of: name)
    if value == nil, rules.keepsUnset {
      return Array("${\(name)/".utf8) + word + [UInt8(ascii: "/")] + text + [UInt8(ascii: "}")]
    }
    let pattern = try Pattern(word[...])
    var matcher = Pattern.Matcher(Array((value ?? "").unicodeScalars), record)
    defer { record = matcher.record }
    return try matcher.replacing(pattern, by: text, all: replacesAll, limit: limit)
  }

  /// The name that comes next, may be empty: letters, digits and `_`; only digits; or one special character.
  private mutating func name() -> String {
    let start = position
    if let byte = next, byte.isDigit {
      while let byte = next, byte.isDigit { position += 1 }
    } else if let byte = next, "@*#?-$!".utf8.contains(byte) {
      position += 1
    } else {
      while let length = nameCharacter() { position += length }
    }
    return text[start..<position].text
  }

  /// The length of the character that comes next, if it may stand in a name.
  private func nameCharacter() -> Int? {
    guard let byte = next else { return nil }
    if byte < 0x80 {
      return byte.isDigit || byte == UInt8(ascii: "_") || 0x61...0x7A ~= byte | 0x20 ? 1 : nil
    }
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
    let character = text[position..<min(position + length, text.count)].text
    switch character.unicodeScalars.first?.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
      return length
    default: return nil
    }
  }
}
