import System

extension InstructionParser {
  func copy() throws(Failure) -> CopyInstruction {
    let words = try copyWords(.copy)
    let flags = try Flags(
      statement.flags,
      [
        "chown": .value, "from": .value, "chmod": .value, "link": .boolean, "exclude": .values,
        "parents": .boolean,
      ])
    var copy = try instruction(.copy, words, flags)
    copy.from = flags["from"]
    copy.keepsParents = flags.boolean("parents") ?? false
    if let from = copy.from {
      var expansion = Expansion(escape: Character(Unicode.Scalar(escape))) { _ in nil }
      guard try expansion.word(from) == from else {
        throw wrong(
          "variable expansion is not supported for --from,"
            + " define a new stage with FROM using ARG from global scope as a workaround")
      }
    }
    return copy
  }

  func add() throws(Failure) -> CopyInstruction {
    let words = try copyWords(.add)
    let flags = try Flags(
      statement.flags,
      [
        "chown": .value, "chmod": .value, "link": .boolean, "keep-git-dir": .boolean, "checksum": .value,
        "unpack": .boolean, "exclude": .values,
      ])
    var add = try instruction(.add, words, flags)
    add.checksum = flags["checksum"]
    add.keepsGitDirectory = flags.boolean("keep-git-dir") ?? false
    add.unpacks = flags.boolean("unpack")
    return add
  }

  private func copyWords(_ keyword: Keyword) throws(Failure) -> [String] {
    let words = try list()
    guard words.count >= 2 else {
      throw wrong(
        "\(keyword.rawValue) requires at least two arguments, but only \(words.isEmpty ? "none" : "one")"
          + " was provided. Destination could not be determined")
    }
    return words
  }

  /// What ADD and COPY have in common.
  private func instruction(
    _ keyword: Keyword, _ words: [String], _ flags: Flags
  ) throws(Failure) -> CopyInstruction {
    var copy = CopyInstruction()
    copy.destination = words[words.count - 1]
    guard Self.heredocWord(copy.destination) == nil else {
      throw wrong("\(keyword.rawValue) cannot accept a heredoc as a destination")
    }
    let documents = Dictionary(statement.heredocs.map { ($0.name, $0) }) { $1 }
    for word in words.dropLast() {
      if let heredoc = Self.heredocWord(word) {
        let empty = Heredoc(name: heredoc.name, content: "", isExpanded: heredoc.isExpanded)
        copy.sources.append(.heredoc(documents[heredoc.name] ?? empty))
      } else {
        copy.sources.append(.path(word))
      }
    }
    copy.chown = flags["chown"]
    copy.chmod = flags["chmod"]
    copy.isLinked = flags.boolean("link") ?? false
    copy.excludes = flags.all("exclude")
    return copy
  }

  /// The here-document that `word` begins; a word with quotation marks that don't match is a path.
  private static func heredocWord(_ word: String) -> HeredocWord? {
    do { return try HeredocWord(word) } catch { return nil }
  }
}
