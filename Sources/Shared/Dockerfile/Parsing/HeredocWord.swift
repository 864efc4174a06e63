import System

/// The word that begins a here-document: `[N]<<[-]NAME`.
struct HeredocWord {
  var name: String
  var isExpanded: Bool
  var stripsTabs: Bool
  var descriptor: Int

  /// What `word` begins; nil where it is another word.
  init?(_ word: String) throws(Failure) {
    let bytes = Array(word.utf8)
    var rest = bytes.drop(while: \.isDigit)
    let digits = bytes[..<rest.startIndex]
    guard rest.starts(with: "<<".utf8) else { return nil }
    rest = rest.dropFirst(2)
    stripsTabs = rest.first == UInt8(ascii: "-")
    rest = (stripsTabs ? rest.dropFirst() : rest).withoutIndent
    guard !rest.isEmpty, !rest.contains(UInt8(ascii: "<")) else { return nil }
    var rules = WordReader.Rules(escape: UInt8(ascii: "\\"))
    rules.keepsUnset = true
    let words = try Self.words(rest, rules)
    guard words.count == 1 else { return nil }
    rules.keepsQuotes = true
    let quoted = try Self.words(rest, rules)
    func quotes(_ words: [String]) -> Int { words.joined().utf8.count { $0 == 0x22 || $0 == 0x27 } }
    name = words[0]
    isExpanded = quotes(words) == quotes(quoted)
    descriptor = digits.isEmpty ? 0 : Int(digits.text) ?? .max
  }

  /// Those in the line of an instruction; none where its quotation marks don't match: that is the shell's affair.
  static func all(in line: [UInt8]) throws(Failure) -> [HeredocWord] {
    guard line.contains(UInt8(ascii: "<")) else { return [] }
    var rules = WordReader.Rules(escape: UInt8(ascii: "\\"))
    rules.keepsUnset = true
    rules.keepsQuotes = true
    rules.keepsEscapes = true
    var result: [HeredocWord] = []
    for word in (try? words(line[...], rules)) ?? [] {
      if let heredoc = try HeredocWord(word) { result.append(heredoc) }
    }
    return result
  }

  private static func words(_ text: ArraySlice<UInt8>, _ rules: WordReader.Rules) throws(Failure) -> [String]
  {
    var reader = WordReader(Array(text), rules, Expansion.Record()) { _ in nil }
    return try reader.words()
  }
}

extension Statement {
  /// Whether it is an instruction that here-documents may follow, or an ONBUILD of one.
  func canHoldHeredocs(escape: UInt8) -> Bool {
    guard Keyword(keyword) == .onBuild else { return takesHeredocs }
    return Statement(arguments, escape: escape, lines: origin.lines).takesHeredocs
  }

  private var takesHeredocs: Bool {
    guard let keyword = Keyword(keyword), [.run, .copy, .add].contains(keyword) else { return false }
    return JSONForm(arguments) == .none
  }
}
