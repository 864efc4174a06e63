import System

/// The variables of a command's environment, in order; a name comes once.
public struct Variables: Hashable, Sendable {
  private var names: [String] = []
  private var values: [String: String] = [:]

  /// No variables.
  public init() {}

  /// `NAME=VALUE` each.
  public var list: [String] { names.map { "\($0)=\(values[$0] ?? "")" } }

  /// The value of `name`; setting one that is there keeps its place, setting nil removes it.
  public subscript(name: String) -> String? {
    get { values[name] }
    set {
      if values[name] == nil, newValue != nil { names.append(name) }
      if newValue == nil, values[name] != nil { names.removeAll { $0 == name } }
      values[name] = newValue
    }
  }

  /// Takes over `NAME=VALUE`, of an image: what has no `=` sets nothing.
  public mutating func set(image entry: String) {
    let pair = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if pair.count == 2, !pair[0].isEmpty { self[String(pair[0])] = String(pair[1]) }
  }
}

/// What `-e` and `--env-file` say, in order.
public struct VariableChange: Hashable, Sendable {
  /// The variable.
  public var name: String
  /// Its value; nil removes it.
  public var value: String?

  /// A variable and its value.
  public init(_ name: String, _ value: String?) {
    self.name = name
    self.value = value
  }

  /// `NAME=VALUE`, or `NAME` for the caller's value: where that has none, the image's goes, too.
  ///
  /// - Throws: `usage` for one without a name.
  public init(parsing text: String, caller: (String) -> String?) throws(Failure) {
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let name = pair.first, !name.isEmpty else {
      throw Failure(.usage, "-e \(text)", "invalid environment variable: it has no name")
    }
    self.init(name, pair.count == 2 ? pair[1] : caller(name))
  }

  /// The lines of an environment file, by docker's grammar.
  ///
  /// `NAME=VALUE`, the value as it stands; `NAME` for the caller's value, if there is one; empty lines and those that
  /// begin with `#` are passed over.
  ///
  /// - Throws: `invalid`, with the line.
  public static func file(
    _ bytes: [UInt8], caller: (String) -> String?
  ) throws(Failure) -> [VariableChange] {
    var changes: [VariableChange] = []
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      func wrong(_ problem: String) -> Failure { Failure(.invalid, "", "line \(number + 1): \(problem)") }
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard !line.contains(0), let text = String(validating: line, as: UTF8.self) else {
        throw wrong("is not UTF-8 text")
      }
      let trimmed = text.drop(while: \.isWhitespace)
      if trimmed.isEmpty || trimmed.first == "#" { continue }
      let pair = trimmed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard !pair[0].isEmpty else { throw wrong("no variable name in \"\(trimmed)\"") }
      guard !pair[0].contains(where: \.isWhitespace) else {
        throw wrong("variable \"\(pair[0])\" contains white space")
      }
      if pair.count == 2 {
        changes.append(VariableChange(pair[0], pair[1]))
      } else if let value = caller(pair[0]) {
        changes.append(VariableChange(pair[0], value))
      }
    }
    return changes
  }
}
