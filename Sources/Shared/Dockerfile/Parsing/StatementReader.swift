import System

/// Joins lines to instructions: continuations, comments among them, and here-documents.
struct StatementReader {
  private var source: SourceLines
  private var reader = DirectiveReader()
  private var comments: [String] = []
  /// The first line of what is being read.
  private(set) var firstLine = 1

  var directives: ParserDirectives { reader.directives }
  /// The last line that was read.
  var lastLine: Int { source.number }
  var escape: UInt8 { directives.escape == "`" ? UInt8(ascii: "`") : UInt8(ascii: "\\") }

  init(_ bytes: [UInt8]) { source = SourceLines(bytes) }

  /// The next instruction; nil after the last.
  mutating func next() throws(Failure) -> Statement? {
    while true {
      firstLine = source.number + 1
      guard let raw = try source.next() else { return nil }
      let line = raw.withoutLineEnd.withoutIndent
      let isDirective = try reader.read(line)
      if line.first == UInt8(ascii: "#") {
        if !isDirective { remember(line.dropFirst().stripped) }
      } else if !line.isEmpty {
        return try statement(beginning: line)
      }
    }
  }

  private mutating func remember(_ comment: ArraySlice<UInt8>) {
    if comment.isEmpty { comments = [] } else { comments.append(comment.text) }
  }

  private mutating func statement(beginning line: ArraySlice<UInt8>) throws(Failure) -> Statement {
    var joined = Array(withoutContinuation(line) ?? line)
    var isContinued = withoutContinuation(line) != nil
    var hasEmptyContinuation = false
    while isContinued, let raw = try source.next() {
      let line = raw.withoutLineEnd
      guard let first = line.withoutIndent.first else {
        hasEmptyContinuation = true
        continue
      }
      guard first != UInt8(ascii: "#") else { continue }
      let shortened = withoutContinuation(line)
      isContinued = shortened != nil
      joined += shortened ?? line
    }
    try Self.check(joined)
    var statement = Statement(joined[...], escape: escape, lines: firstLine...lastLine)
    statement.origin.hasEmptyContinuation = hasEmptyContinuation
    statement.origin.comments = comments
    comments = []
    if statement.canHoldHeredocs(escape: escape) {
      for word in try HeredocWord.all(in: joined) { statement.heredocs.append(try heredoc(word)) }
      statement.origin.lines = firstLine...lastLine
    }
    return statement
  }

  /// The line without the character that continues it; nil where it is the instruction's last.
  private func withoutContinuation(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var line = line
    while let last = line.last, last == 0x20 || last == 0x09 { line.removeLast() }
    guard line.popLast() == escape, line.last != escape else { return nil }
    return line
  }

  private mutating func heredoc(_ word: HeredocWord) throws(Failure) -> Heredoc {
    var content: [UInt8] = []
    while let line = try source.next() {
      let shown = word.stripsTabs ? line.drop { $0 == 0x09 } : line
      if shown.withoutLineEnd.elementsEqual(word.name.utf8) {
        try Self.check(content)
        return Heredoc(
          name: word.name, content: content[...].text, isExpanded: word.isExpanded,
          descriptor: word.descriptor)
      }
      content += shown
    }
    throw Failure(.failed, "", "unterminated heredoc")
  }

  private static func check(_ bytes: [UInt8]) throws(Failure) {
    guard !bytes.contains(0) else { throw Failure(.failed, "", "there is a NUL byte in it") }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Failure(.failed, "", "it is not UTF-8")
    }
  }
}
