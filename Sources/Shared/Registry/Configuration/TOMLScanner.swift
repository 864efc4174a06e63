import System

/// The characters of a TOML document, which is known to be UTF-8, and the line they are on.
struct TOMLScanner {
  private let bytes: [UInt8]
  private let name: String
  private var position = 0
  private(set) var line = 1

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  var isAtEnd: Bool { position == bytes.count }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// A failure about the present line.
  func failure(_ problem: String) -> Failure { Failure(.failed, "\(name):\(line)", problem) }

  /// Steps over `character`, which is ASCII, if it is next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Steps over `character` and the spaces before it.
  mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    skipSpace()
    guard take(character) else { throw unexpected("\"\(character)\"") }
  }

  /// Steps over spaces and tabs.
  mutating func skipSpace() {
    while let byte = next, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
  }

  /// Steps over spaces, comments and line ends.
  mutating func skipBlankLines() throws(Failure) {
    repeat {
      skipSpace()
      try skipComment()
    } while try takeLineEnd()
  }

  /// Steps over the rest of a line, in which nothing but a comment may be left.
  mutating func endLine() throws(Failure) {
    skipSpace()
    try skipComment()
    guard try takeLineEnd() || isAtEnd else { throw unexpected("the end of the line") }
  }

  private mutating func skipComment() throws(Failure) {
    guard take("#") else { return }
    while let byte = next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
      try refuseControl(byte)
      position += 1
    }
  }

  private mutating func takeLineEnd() throws(Failure) -> Bool {
    if take("\r"), next != UInt8(ascii: "\n") { throw failure("a carriage return without a line feed") }
    guard take("\n") else { return false }
    line += 1
    return true
  }

  private func refuseControl(_ byte: UInt8) throws(Failure) {
    if (byte < 0x20 && byte != UInt8(ascii: "\t")) || byte == 0x7f {
      throw failure("a control character (\(byte)) can't stand here")
    }
  }

  private func unexpected(_ wanted: String) -> Failure {
    guard let byte = next else { return failure("\(wanted) is missing at the end") }
    if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return failure("\(wanted) is missing") }
    return failure("\(wanted) expected, not \(String(reflecting: word(to: position + 1)))")
  }

  // What stands from `position` up to `end`, whole characters.
  private func word(to end: Int) -> String {
    var end = end
    while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }
}

// MARK: Keys and scalars

extension TOMLScanner {
  private static let digitsAndLetters: Set<UInt8> = Set(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-".utf8)

  /// One part of a key.
  mutating func key() throws(Failure) -> String {
    if take("\"") { return try basicString() }
    if take("'") { return try literalString() }
    let start = position
    while let byte = next, Self.digitsAndLetters.contains(byte) { position += 1 }
    guard position > start else { throw unexpected("a key") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// A string, boolean or integer.
  mutating func scalar() throws(Failure) -> TOMLValue.Content {
    if take("\"") { return .string(try basicString()) }
    if take("'") { return .string(try literalString()) }
    var end = position
    while end < bytes.count, Self.digitsAndLetters.contains(bytes[end]) || "+.:".utf8.contains(bytes[end]) {
      end += 1
    }
    guard end > position else { throw unexpected("a value") }
    let word = String(decoding: bytes[position..<end], as: UTF8.self)
    switch word {
    case "true": position = end; return .boolean(true)
    case "false": position = end; return .boolean(false)
    default:
      guard let integer = Self.integer(word) else {
        throw failure("\(String(reflecting: String(word.prefix(40)))) is not a string, boolean or integer")
      }
      position = end
      return .integer(integer)
    }
  }

  // TOML 1.0, Integer: a sign and no leading zero in decimal, `_` only between digits.
  private static func integer(_ word: String) -> Int64? {
    var digits = word[...]
    var radix = 10
    for (prefix, value) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
      digits = digits.dropFirst(2)
      radix = value
    }
    let sign = radix == 10 && (digits.first == "-" || digits.first == "+") ? String(digits.removeFirst()) : ""
    let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ $0.first?.isHexDigit == true }),
      radix != 10 || digits == "0" || digits.first != "0"
    else { return nil }
    return Int64(sign + groups.joined(), radix: radix)
  }

  private mutating func literalString() throws(Failure) -> String {
    let start = position
    while let byte = next, byte != UInt8(ascii: "'") {
      try refuseControl(byte)
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard take("'") else { throw failure("a string does not end") }
    if text.isEmpty, take("'") { throw failure("strings of several lines are not understood") }
    return text
  }

  private mutating func basicString() throws(Failure) -> String {
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      try refuseControl(byte)
      position += 1
      if byte == UInt8(ascii: "\\") {
        text += try escape().utf8
      } else {
        text.append(byte)
      }
    }
    guard take("\"") else { throw failure("a string does not end") }
    if text.isEmpty, take("\"") { throw failure("strings of several lines are not understood") }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func escape() throws(Failure) -> String {
    guard let byte = next else { throw failure("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "u"): return try scalar(digits: 4)
    case UInt8(ascii: "U"): return try scalar(digits: 8)
    default: throw failure("an escape in a string is not understood")
    }
  }

  private mutating func scalar(digits count: Int) throws(Failure) -> String {
    let digits = bytes[position..<min(position + count, bytes.count)]
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == count, text.utf8.first != UInt8(ascii: "+"), text.utf8.first != UInt8(ascii: "-"),
      let number = UInt32(text, radix: 16), let scalar = Unicode.Scalar(number)
    else { throw failure("an escape in a string is not a character") }
    position += count
    return String(Character(scalar))
  }
}
