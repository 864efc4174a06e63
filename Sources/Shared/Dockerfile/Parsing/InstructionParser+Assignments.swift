import System

extension InstructionParser {
  /// The NAME or NAME=VALUE of ARG.
  ///
  /// BuildKit takes no notice of flags here.
  func arguments() throws(Failure) -> [Assignment] {
    let words = Self.words(statement.arguments, escape: escape)
    guard !words.isEmpty else { throw needsArgument(.arg) }
    var result: [Assignment] = []
    for word in words {
      guard let equals = word.firstIndex(of: "=") else {
        result.append(Assignment(word, nil))
        continue
      }
      result.append(try Self.assignment(word, equals, .arg))
    }
    return result
  }

  /// The NAME=VALUE of ENV and LABEL, or the one NAME VALUE.
  func assignments(_ keyword: Keyword) throws(Failure) -> [Assignment] {
    _ = try Flags(statement.flags)
    let words = Self.words(statement.arguments, escape: escape)
    guard let first = words.first else { throw needsArgument(keyword) }
    guard first.contains("=") else {
      let (name, value) = statement.arguments.splitAtSpace
      guard !value.isEmpty else { throw wrong("\(keyword.rawValue) must have two arguments") }
      var assignment = Assignment(name.text, value.text)
      assignment.isLegacy = true
      return [assignment]
    }
    var result: [Assignment] = []
    for word in words {
      guard let equals = word.firstIndex(of: "=") else {
        throw wrong("can't find = in \"\(word)\": it must be of the form name=value")
      }
      result.append(try Self.assignment(word, equals, keyword))
    }
    return result
  }

  private static func assignment(
    _ word: String, _ equals: String.Index, _ keyword: Keyword
  ) throws(Failure) -> Assignment {
    guard equals > word.startIndex else { throw wrong("\(keyword.rawValue) names can not be blank") }
    return Assignment(String(word[..<equals]), String(word[word.index(after: equals)...]))
  }

  /// The words of `text`; their quotation marks and escapes stay.
  private static func words(_ text: ArraySlice<UInt8>, escape: UInt8) -> [String] {
    var words: [String] = []
    var rest = text.withoutIndent
    while !rest.isEmpty {
      let end = wordEnd(rest, escape: escape)
      var word = rest[..<end.index]
      if end.isAfterLoneEscape { word.removeLast() }
      if !word.isEmpty { words.append(word.text) }
      rest = rest[end.index...].withoutIndent
    }
    return words
  }

  /// Where the word ends that `text` begins with; and whether its last byte is an escape character that nothing
  /// follows.
  private static func wordEnd(
    _ text: ArraySlice<UInt8>, escape: UInt8
  ) -> (index: Int, isAfterLoneEscape: Bool) {
    var quote: UInt8?
    var index = text.startIndex
    while index < text.endIndex, quote != nil || !text[index].isSpace {
      let byte = text[index]
      index += 1
      if byte == escape, quote != UInt8(ascii: "'") {
        guard index < text.endIndex else { return (index, true) }
        index += 1
      } else if byte == quote {
        quote = nil
      } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      }
    }
    return (index, false)
  }
}
