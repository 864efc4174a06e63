/// An instruction taken apart as far as all instructions are alike.
struct Statement {
  /// The keyword as written.
  var keyword: String
  /// The words that begin with `--`, without their quotation marks.
  var flags: [String]
  /// What follows, without white space at its ends.
  var arguments: ArraySlice<UInt8>
  /// All that follows the keyword, flags too, with white space at its end.
  var remainder: ArraySlice<UInt8>
  var heredocs: [Heredoc] = []
  var origin: SourceText

  /// Takes `line` apart, which is joined from `lines`.
  init(_ line: ArraySlice<UInt8>, escape: UInt8, lines: ClosedRange<Int>) {
    let (word, rest) = line.withoutIndent.splitAtSpace
    keyword = word.text
    remainder = rest
    (flags, arguments) = Self.splitFlags(rest, escape: escape)
    arguments = arguments.stripped
    let text = rest.stripped.text
    origin = SourceText(keyword.uppercased() + (text.isEmpty ? "" : " ") + text, lines: lines)
    origin.keyword = keyword
  }

  /// The words at the start of `rest` that begin with `--`, up to a word `--`, and what follows them.
  private static func splitFlags(
    _ rest: ArraySlice<UInt8>, escape: UInt8
  ) -> ([String], ArraySlice<UInt8>) {
    var flags: [String] = []
    var rest = rest.withoutIndent
    while rest.starts(with: "--".utf8) {
      let flag = takeWord(from: &rest, escape: escape)
      guard flag != "--" else { break }
      flags.append(flag)
      rest = rest.withoutIndent
    }
    return (flags, rest)
  }

  /// The word that `rest` begins with: quotation marks hold white space and go, the escape character takes the
  /// meaning from the next one and goes.
  private static func takeWord(from rest: inout ArraySlice<UInt8>, escape: UInt8) -> String {
    var word: [UInt8] = []
    var quote: UInt8?
    while let byte = rest.first, quote != nil || !byte.isSpace {
      rest.removeFirst()
      if byte == quote {
        quote = nil
      } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == escape {
        if let next = rest.popFirst() { word.append(next) }
      } else {
        word.append(byte)
      }
    }
    return word[...].text
  }
}
