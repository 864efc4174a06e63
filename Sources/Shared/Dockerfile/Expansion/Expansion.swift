import System

/// Puts the values of variables into words (Dockerfile reference, "Environment replacement").
///
/// One for each instruction: it keeps which variables were asked for, and bounds the work.
public struct Expansion {
  /// The most bytes that may be in a word beyond its own length.
  public static let sizeLimit = 1 << 20
  /// How deep `${…}` may stand in `${…}`.
  public static let depthLimit = 64
  /// How many bytes may be looked at or written, over all words.
  static let workLimit = 1 << 26

  /// What has been asked for.
  struct Record {
    var used: Set<String> = []
    var undefined: Set<String> = []
    var work = 0

    /// Counts `steps` of work.
    mutating func spend(_ steps: Int) throws(Failure) {
      work += steps
      guard work <= Expansion.workLimit else { throw wrong("putting in the variables takes too long") }
    }
  }

  private let escape: UInt8
  private let lookup: (String) -> String?
  var record = Record()

  /// The variables that were asked for and have a value.
  public var used: Set<String> { record.used }
  /// The variables that were asked for and have none, also where a default is given.
  public var undefined: Set<String> { record.undefined }

  /// With the values that `lookup` gives; `escape` takes the meaning from a character.
  public init(escape: Character = "\\", lookup: @escaping (String) -> String?) {
    self.escape = escape == "`" ? UInt8(ascii: "`") : UInt8(ascii: "\\")
    self.lookup = lookup
  }

  /// `text` as one word: variables put in, quotation marks and escapes away.
  ///
  /// - Throws: `failed` where it is not well formed, `${x:?…}` has no value, or it grows beyond bounds.
  public mutating func word(_ text: String) throws(Failure) -> String {
    guard Self.isSpecial(text, escape) else { return text }
    return try read(text, WordReader.Rules(escape: escape)) { reader throws(Failure) in try reader.word() }
  }

  /// The words of `text`, which white space separates, also that in values.
  public mutating func words(_ text: String) throws(Failure) -> [String] {
    try read(text, WordReader.Rules(escape: escape)) { reader throws(Failure) in try reader.words() }
  }

  /// A here-document: quotation marks stay, and it is always `\` that escapes.
  public mutating func document(_ text: String) throws(Failure) -> String {
    var rules = WordReader.Rules(escape: UInt8(ascii: "\\"))
    rules.readsQuotes = false
    guard Self.isSpecial(text, rules.escape) else { return text }
    return try read(text, rules) { reader throws(Failure) in try reader.word() }
  }

  private mutating func read<Result>(
    _ text: String, _ rules: WordReader.Rules,
    _ body: (inout WordReader) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var reader = WordReader(Array(text.utf8), rules, record, lookup: lookup)
    defer { record = reader.record }
    return try body(&reader)
  }

  private static func isSpecial(_ text: String, _ escape: UInt8) -> Bool {
    text.utf8.contains { $0 == UInt8(ascii: "$") || $0 == escape || $0 == 0x22 || $0 == 0x27 }
  }
}
