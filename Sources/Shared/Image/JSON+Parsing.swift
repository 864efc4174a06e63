import System

extension JSON {
  /// The largest document that is taken by default, bytes: what registries accept for a manifest.
  public static let sizeLimit = 4 << 20
  /// The deepest nesting that is taken.
  public static let depthLimit = 64
  /// The most values that one document may have; bounds the memory that a hostile one takes.
  public static let valueLimit = 1 << 18

  /// The value that `bytes` hold, the whole of them.
  ///
  /// Stricter than RFC 8259 demands where leniency lets two readers see two things: a key that comes twice, a lone
  /// surrogate and invalid UTF-8 are refused.
  ///
  /// - Throws: `invalid`, with line and column (in bytes, from 1).
  public init(parsing bytes: [UInt8], limit: Int = JSON.sizeLimit) throws(Failure) {
    guard bytes.count <= limit else {
      throw Failure(.invalid, "", "\(bytes.count) bytes are too many for a JSON document (at most \(limit))")
    }
    var result = JSON.null
    var failure: JSONParser.Fault?
    bytes.withUnsafeBytes { buffer in
      var parser = JSONParser(buffer)
      do throws(JSONParser.Fault) { result = try parser.document() } catch { failure = error }
    }
    if let failure { throw failure.failure(in: bytes) }
    self = result
  }
}

/// Reads one document out of bytes that someone else keeps.
struct JSONParser {
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

  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var values = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func document() throws(Fault) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw fault(.afterValue) }
    return value
  }

  private func fault(_ problem: Problem, at offset: Int? = nil) -> Fault {
    Fault(offset: offset ?? position, problem: problem)
  }

  /// The next byte; 0, which is valid nowhere, at the end.
  @inline(__always)
  private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  @inline(__always)
  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(Fault) -> JSON {
    skipSpace()
    values += 1
    guard values <= JSON.valueLimit else { throw fault(.count) }
    switch next {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
    default: throw fault(.value)
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(Fault) -> JSON {
    for index in 0..<word.utf8CodeUnitCount {
      guard next == word.utf8Start[index] else { throw fault(.value) }
      position += 1
    }
    return value
  }

  private mutating func array(depth: Int) throws(Fault) -> [JSON] {
    guard depth <= JSON.depthLimit else { throw fault(.depth) }
    var elements: [JSON] = []
    position += 1
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return elements
    }
    while true {
      elements.append(try value(depth: depth))
      skipSpace()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return elements
      default: throw fault(.arrayEnd)
      }
    }
  }

  private mutating func object(depth: Int) throws(Fault) -> JSON.Object {
    guard depth <= JSON.depthLimit else { throw fault(.depth) }
    var keys = UniqueKeys()
    position += 1
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return JSON.Object()
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault(.key) }
      let start = position
      let key = try string()
      guard keys.insert(key) else { throw fault(.duplicate, at: start) }
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw fault(.colon) }
      position += 1
      keys.members.append(JSON.Object.Member(key: key, value: try value(depth: depth)))
      skipSpace()
      switch next {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return JSON.Object(unique: keys.members)
      default: throw fault(.objectEnd)
      }
    }
  }

  /// The grammar's `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, as it stands.
  private mutating func number() throws(Fault) -> String {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next | 0x20 == UInt8(ascii: "e") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    if 0x30...0x39 ~= next { throw fault(.number) }  // 012
    return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
  }

  private mutating func digits() throws(Fault) {
    guard 0x30...0x39 ~= next else { throw fault(.number) }
    while 0x30...0x39 ~= next { position += 1 }
  }

  private mutating func string() throws(Fault) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let text = try text(bytes[start..<position], at: start)
        position += 1
        return text
      case UInt8(ascii: "\\"):
        return try stringWithEscapes(from: start)
      case 0..<0x20: throw fault(.control)
      default: position += 1
      }
    }
    throw fault(.control)
  }

  private func text(_ slice: Slice<UnsafeRawBufferPointer>, at start: Int) throws(Fault) -> String {
    let units = UnsafeRawBufferPointer(rebasing: slice).assumingMemoryBound(to: UInt8.self)
    guard let text = String(validating: units, as: UTF8.self) else { throw fault(.utf8, at: start) }
    return text
  }

  private mutating func stringWithEscapes(from start: Int) throws(Fault) -> String {
    var units = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: units, as: UTF8.self) else { throw fault(.utf8, at: start) }
        return text
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &units)
      case 0..<0x20: throw fault(.control)
      default:
        units.append(byte)
        position += 1
      }
    }
    throw fault(.control)
  }

  private mutating func escape(into units: inout [UInt8]) throws(Fault) {
    let start = position
    let letter = next
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(letter)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0C)
    case UInt8(ascii: "n"): units.append(0x0A)
    case UInt8(ascii: "r"): units.append(0x0D)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "u"):
      position += 1
      var code = try hexadecimal()
      if 0xD800..<0xDC00 ~= code {
        guard next == UInt8(ascii: "\\") else { throw fault(.surrogate, at: start) }
        position += 1
        guard next == UInt8(ascii: "u") else { throw fault(.surrogate, at: start) }
        position += 1
        let low = try hexadecimal()
        guard 0xDC00..<0xE000 ~= low else { throw fault(.surrogate, at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fault(.surrogate, at: start) }
      units.append(contentsOf: UTF8.encode(scalar)!)
      return
    default: throw fault(.escape)
    }
    position += 1
  }

  private mutating func hexadecimal() throws(Fault) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch next {
      case 0x30...0x39: digit = next - 0x30
      case 0x41...0x46, 0x61...0x66: digit = (next | 0x20) - 0x61 + 10
      default: throw fault(.escape)
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}

/// The members of an object that is being read; a few keys are compared, many are looked up.
private struct UniqueKeys {
  var members: [JSON.Object.Member] = []
  private var seen: Set<String> = []

  /// False if `key` came before.
  mutating func insert(_ key: String) -> Bool {
    if members.count < 16 { return !members.contains { $0.key == key } }
    if seen.isEmpty { seen = Set(members.map(\.key)) }
    return seen.insert(key).inserted
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
