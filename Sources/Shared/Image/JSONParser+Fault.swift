import System

extension JSONParser {
  /// What is wrong, and where.
  struct Fault: Error {
    var offset: Int
    var problem: Problem
  }

  enum Problem: String {
    case value = "where a value should be"
    case afterValue = "after the end of the document"
    case arrayEnd = "where ',' or ']' should be"
    case objectEnd = "where ',' or '}' should be"
    case key = "where a key in quotes should be"
    case colon = "where ':' should be"
    case number = "in a number"
    case control = "in a string"
    case escape = "in an escape"
    case surrogate = "half a surrogate pair"
    case utf8 = "not UTF-8"
    case duplicate = "the key comes twice"
    case depth = "nested too deeply"
    case count = "too many values"
  }
}

extension JSONParser.Fault {
  /// The same, in words.
  func failure(in bytes: [UInt8]) -> Failure {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    let column = before.count - (before.lastIndex(of: 0x0A) ?? -1)
    return Failure(
      .invalid, "", "not valid JSON at line \(line), column \(column): \(description(in: bytes))")
  }

  private func description(in bytes: [UInt8]) -> String {
    switch problem {
    case .surrogate, .utf8, .duplicate, .depth, .count: return problem.rawValue
    default: break
    }
    guard offset < bytes.count else {
      return "it ends \(problem == .control ? "in a string" : problem.rawValue)"
    }
    let byte = bytes[offset]
    if 0x20..<0x7F ~= byte { return "'\(Character(Unicode.Scalar(byte)))' \(problem.rawValue)" }
    return "byte \(byte) \(problem.rawValue)"
  }
}
