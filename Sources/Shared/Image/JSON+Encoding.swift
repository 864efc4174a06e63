extension JSON {
  /// The value as bytes, without white space.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes, indentation: nil)
    return bytes
  }

  /// The value as bytes for people: a member a line, two spaces a level, a newline at the end.
  public func encodedPretty() -> [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes, indentation: 0)
    bytes.append(0x0A)
    return bytes
  }

  private func write(to bytes: inout [UInt8], indentation: Int?) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .number(let text): bytes += text.utf8
    case .string(let text): Self.write(text, to: &bytes)
    case .array(let elements):
      Self.write(elements, "[", "]", to: &bytes, indentation) { element, bytes, inner in
        element.write(to: &bytes, indentation: inner)
      }
    case .object(let object):
      Self.write(object.members, "{", "}", to: &bytes, indentation) { member, bytes, inner in
        Self.write(member.key, to: &bytes)
        bytes += (inner == nil ? ":" : ": ").utf8
        member.value.write(to: &bytes, indentation: inner)
      }
    }
  }

  private static func write<T>(
    _ items: [T], _ open: StaticString, _ close: StaticString, to bytes: inout [UInt8], _ indentation: Int?,
    _ item: (T, inout [UInt8], Int?) -> Void
  ) {
    bytes.append(open.utf8Start[0])
    let inner = indentation.map { $0 + 2 }
    for (index, value) in items.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      newLine(inner, to: &bytes)
      item(value, &bytes, inner)
    }
    if !items.isEmpty { newLine(indentation, to: &bytes) }
    bytes.append(close.utf8Start[0])
  }

  private static func newLine(_ indentation: Int?, to bytes: inout [UInt8]) {
    guard let indentation else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: indentation))
  }

  private static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for unit in text.utf8 {
      switch unit {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(unit)
      case 0x0A: bytes += "\\n".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes += "\\u00".utf8
        bytes += [digits[Int(unit >> 4)], digits[Int(unit & 15)]]
      default: bytes.append(unit)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
