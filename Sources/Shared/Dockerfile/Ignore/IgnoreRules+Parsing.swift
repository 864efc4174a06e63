import System

extension IgnoreRules {
  /// How long a line can be, in bytes, as Docker has it.
  private static let lineLimit = 65536

  /// No rules: nothing is left out.
  public init() { rules = [] }

  /// The rules of a `.dockerignore` of these bytes, which is called `name` in errors.
  ///
  /// - Throws: `invalid` where a line is no pattern, with its number.
  public init(parsing bytes: [UInt8], name: String = ".dockerignore") throws(Failure) {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let text = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
    var rules: [Rule] = []
    for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      do throws(Failure) {
        guard line.count < Self.lineLimit else {
          throw Failure(
            .invalid, "", "\(line.count) bytes are too many for a line (at most \(Self.lineLimit - 1))")
        }
        guard line.first != UInt8(ascii: "#"), let rule = try Rule(Array(line)) else { continue }
        rules.append(rule)
      } catch {
        throw error.about("line \(index + 1)").about(name)
      }
    }
    self.rules = rules
  }

  /// The rules that these patterns are, `!` before those of exceptions.
  ///
  /// - Throws: `invalid` where one is no pattern; the subject is the pattern.
  public init(patterns: [String]) throws(Failure) {
    var rules: [Rule] = []
    for pattern in patterns {
      if let rule = try Rule(Array(pattern.utf8)) { rules.append(rule) }
    }
    self.rules = rules
  }
}

extension IgnoreRules.Rule {
  /// The rule of a line; nil where there is nothing in it.
  fileprivate init?(_ line: [UInt8]) throws(Failure) {
    let mark = UInt8(ascii: "!")
    var text = line.trimmed
    guard !text.isEmpty else { return nil }
    let isMarked = text.first == mark
    if isMarked { text = Array(text.dropFirst()).trimmed }
    if !text.isEmpty { text = text.cleanedPath }
    if text.count > 1, text.first == UInt8(ascii: "/") { text.removeFirst() }
    // Docker reads what it has then once more: `/!a` is an exception, too.
    if isMarked { text.insert(mark, at: 0) }
    text = text.trimmed
    guard !text.isEmpty else { return nil }
    text = text.cleanedPath
    isException = text.first == mark
    if isException { text.removeFirst() }
    guard !text.isEmpty else { throw Failure(.invalid, "!", "no pattern follows") }
    pattern = try PathPattern(text, syntax: .ignore)
  }
}
