extension JSONParser {
  mutating func string() throws(Fault) -> String {
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
