import System

/// Reads parser directives, until a line that is none.
struct DirectiveReader {
  private(set) var directives = ParserDirectives()
  private var seen: Set<String> = []
  private var isDone = false
  private var isFirst = true
  /// After `#!`, which BuildKit passes over where it looks for `syntax` and `check` only.
  private var isAfterShebang = false

  /// Whether `line`, without indent and line end, is a directive.
  mutating func read(_ line: ArraySlice<UInt8>) throws(Failure) -> Bool {
    guard !isDone else { return false }
    defer { isFirst = false }
    if isFirst, line.starts(with: "#!".utf8) {
      isAfterShebang = true
      return false
    }
    guard let (name, value) = Self.parts(of: line), ["syntax", "escape", "check"].contains(name) else {
      isDone = true
      return false
    }
    guard seen.insert(name).inserted || isAfterShebang else {
      throw Failure(.failed, "", "only one \(name) parser directive can be used")
    }
    switch name {
    case "syntax": directives.syntax = directives.syntax ?? value
    case "check": directives.check = directives.check ?? value
    default:
      guard !isAfterShebang else { break }
      guard value == "\\" || value == "`" else {
        throw Failure(.failed, "", "invalid escape token '\(value)' does not match ` or \\")
      }
      directives.escape = Character(value)
    }
    return true
  }

  /// NAME, in lower case, and VALUE of `# NAME = VALUE`.
  private static func parts(of line: ArraySlice<UInt8>) -> (String, String)? {
    guard line.first == UInt8(ascii: "#") else { return nil }
    let text = line.dropFirst().stripped
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let name = text[..<equals].stripped
    let value = text[(equals + 1)...].stripped
    func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
    guard let first = name.first, isLetter(first), !value.isEmpty,
      name.allSatisfy({ isLetter($0) || $0.isDigit })
    else { return nil }
    return (name.text.lowercased(), value.text)
  }
}
