import System

/// Reads a text by the rules of a shell's words, as BuildKit understands them.
struct WordReader {
  /// What is special.
  struct Rules {
    /// What takes the meaning from a character.
    var escape: UInt8
    /// Whether `'` and `"` are special.
    var readsQuotes = true
    /// Whether `'` and `"` stay in the result.
    var keepsQuotes = false
    /// Whether escapes stay in the result.
    var keepsEscapes = false
    /// Whether `$x` stays where x has no value.
    var keepsUnset = false

    init(escape: UInt8) { self.escape = escape }
  }

  let text: [UInt8]
  var rules: Rules
  let lookup: (String) -> String?
  var record: Expansion.Record
  var position = 0
  var depth = 0
  /// The most bytes of a result.
  let limit: Int

  init(
    _ text: [UInt8], _ rules: Rules, _ record: Expansion.Record, lookup: @escaping (String) -> String?
  ) {
    self.text = text
    self.rules = rules
    self.record = record
    self.lookup = lookup
    limit = Expansion.sizeLimit + text.count
  }

  /// The byte that comes next; nil at the end.
  var next: UInt8? { position < text.count ? text[position] : nil }

  /// Everything as one word.
  mutating func word() throws(Failure) -> String {
    var result = WordBuilder(splits: false)
    try read(into: &result, until: nil)
    return result.text[...].text
  }

  /// Everything, taken apart at white space.
  mutating func words() throws(Failure) -> [String] {
    var result = WordBuilder(splits: true)
    try read(into: &result, until: nil)
    return result.words.map { $0[...].text }
  }

  /// Reads up to `stop`, which is passed over, or to the end.
  private mutating func read(into result: inout WordBuilder, until stop: UInt8?) throws(Failure) {
    while let byte = next {
      if byte == stop {
        position += 1
        return
      }
      let before = position
      switch byte {
      case UInt8(ascii: "$"): result.addSplit(try dollar())
      case UInt8(ascii: "<"): result.addWhole(heredocSign())
      case UInt8(ascii: "'") where rules.readsQuotes: result.addWhole(try singleQuoted())
      case UInt8(ascii: "\"") where rules.readsQuotes: result.addWhole(try doubleQuoted())
      case rules.escape: escaped(into: &result)
      default:
        position += 1
        result.add(byte)
      }
      try record.spend(position - before)
      guard result.count <= limit else { throw Self.tooLong }
    }
    result.finish()
    if let stop {
      throw wrong("syntax error: missing '\(Character(Unicode.Scalar(stop)))'")
    }
  }

  static var tooLong: Failure { wrong("a word grows beyond \(Expansion.sizeLimit) bytes by its variables") }

  /// What stands up to `stop`, in `${…}`.
  mutating func nested(until stop: UInt8, keepsEscapes: Bool) throws(Failure) -> [UInt8] {
    let outer = rules.keepsEscapes
    rules.keepsEscapes = keepsEscapes
    defer { rules.keepsEscapes = outer }
    var result = WordBuilder(splits: false)
    try read(into: &result, until: stop)
    return result.text
  }

  private mutating func escaped(into result: inout WordBuilder) {
    if rules.keepsEscapes { result.addWhole([rules.escape]) }
    position += 1
    guard let byte = next else { return }
    result.addWhole([byte])
    position += 1
  }

  /// `<`, or `<<` and the white space after it, which belongs to the word of a here-document.
  private mutating func heredocSign() -> ArraySlice<UInt8> {
    let start = position
    position += 1
    guard next == UInt8(ascii: "<") else { return text[start..<position] }
    position += 1
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D { position += 1 }
    return text[start..<position]
  }

  private mutating func singleQuoted() throws(Failure) -> ArraySlice<UInt8> {
    let start = position
    guard let end = text[(start + 1)...].firstIndex(of: UInt8(ascii: "'")) else {
      throw wrong("unexpected end of statement while looking for matching single-quote")
    }
    position = end + 1
    return rules.keepsQuotes ? text[start...end] : text[(start + 1)..<end]
  }

  private mutating func doubleQuoted() throws(Failure) -> ArraySlice<UInt8> {
    var result: [UInt8] = []
    let quote = UInt8(ascii: "\"")
    if rules.keepsQuotes { result.append(quote) }
    position += 1
    while let byte = next {
      if byte == UInt8(ascii: "$") {
        result += try dollar()
        guard result.count <= limit else { throw Self.tooLong }
        continue
      }
      position += 1
      if byte == quote {
        if rules.keepsQuotes { result.append(quote) }
        return result[...]
      }
      result.append(byte)
      if byte == rules.escape { escapedInQuotes(&result) }
    }
    throw wrong("unexpected end of statement while looking for matching double-quote")
  }

  /// After an escape character in `"…"`: only `"`, `$` and itself lose their meaning.
  private mutating func escapedInQuotes(_ result: inout [UInt8]) {
    let isEscaped = next == UInt8(ascii: "\"") || next == UInt8(ascii: "$") || next == rules.escape
    if rules.keepsEscapes {
      // A pattern takes two of them for one.
      result.append(rules.escape)
      if !isEscaped { return }
    }
    guard let byte = next else { return }
    if isEscaped {
      result[result.count - 1] = byte
      position += 1
    }
  }
}
