/// Sizes in units of 1024: `64m`, `1.5GiB`, `100 kb`.
enum ByteSize {
  /// The bytes that `text` stands for; nil where it is no size, or beyond 63 bits.
  static func bytes(_ text: String) -> UInt64? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    var unit = text[number.endIndex...].lowercased()[...]
    if unit.first == " " { unit.removeFirst() }
    guard number.first?.isNumber == true, number.last?.isNumber == true, let value = Double(number),
      let power = power(of: unit)
    else { return nil }
    let bytes = value * Double(1 << (10 * power))
    return bytes < 0x1p63 ? UInt64(bytes) : nil
  }

  private static func power(of unit: Substring) -> Int? {
    guard let first = unit.first else { return 0 }
    if unit == "b" { return 0 }
    guard ["", "b", "ib"].contains(unit.dropFirst()) else { return nil }
    return ["k", "m", "g", "t", "p"].firstIndex(of: first).map { $0 + 1 }
  }
}
