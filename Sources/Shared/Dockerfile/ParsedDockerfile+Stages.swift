import System

extension ParsedDockerfile {
  /// The stage called `name`, in any case, of those before number `index`; nil: none, it is an image.
  ///
  /// Of stages with the same name the last one counts.
  public func stageIndex(named name: String, before index: Int) -> Int? {
    let name = name.lowercased()
    return stages.prefix(index).lastIndex { $0.from.name == name }
  }

  /// The stage that `COPY --from=TEXT` of stage `index` means: its number or its name; nil: an image or a context.
  ///
  /// - Throws: `failed` where there is no stage of that number, or it comes later.
  public func stageIndex(from text: String, of index: Int) throws(Failure) -> Int? {
    var found = stageIndex(named: text, before: stages.count)
    if let number = Int(text) {
      guard stages.indices.contains(number) else { throw wrong("invalid stage index \(number)") }
      found = number
    }
    guard let found else { return nil }
    guard found < index else {
      throw wrong("cannot copy from stage \"\(text)\", it needs to be defined before the current stage")
    }
    return found
  }

  /// The stage that `--target=TEXT` means: its name, or its number.
  ///
  /// - Throws: `failed` where there is none.
  public func stageIndex(target text: String) throws(Failure) -> Int {
    if let found = stageIndex(named: text, before: stages.count) { return found }
    if let number = Int(text), stages.indices.contains(number) { return number }
    let names = stages.compactMap(\.from.name)
    throw Failure(
      .failed, name,
      "target stage \"\(text)\" could not be found" + Suggestion.text(for: text, among: names))
  }
}
