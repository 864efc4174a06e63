/// Reads one document out of bytes that someone else keeps.
struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  var position = 0
  private var values = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func document() throws(Fault) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw fault(.afterValue) }
    return value
  }

  func fault(_ problem: Problem, at offset: Int? = nil) -> Fault {
    Fault(offset: offset ?? position, problem: problem)
  }

  /// The next byte; 0, which is valid nowhere, at the end.
  @inline(__always)
  var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

  @inline(__always)
  mutating func skipSpace() {
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
