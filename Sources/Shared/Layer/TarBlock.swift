/// One header block of a tar, of any dialect: V7, ustar, pax, GNU, star.
struct TarBlock {
  static let size = 512

  private let bytes: [UInt8]

  /// What a header says of its dialect.
  enum Dialect {
    case v7
    case ustar
    case star
    case gnu
  }

  /// The block of these 512 bytes.
  init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.size)
    self.bytes = bytes
  }

  /// Nothing but zeros: half of an archive's end.
  var isZero: Bool { bytes.allSatisfy { $0 == 0 } }

  /// Whether the checksum is right, added up of unsigned bytes or, as old writers did, of signed ones.
  var isSound: Bool {
    guard let stated = number(148..<156) else { return false }
    var unsigned: UInt64 = 0
    var signed: Int64 = 0
    for (index, byte) in bytes.enumerated() {
      let byte = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
      unsigned += UInt64(byte)
      signed += Int64(Int8(bitPattern: byte))
    }
    return stated == unsigned || Int64(exactly: stated) == signed
  }

  var dialect: Dialect {
    if bytes[257..<263].elementsEqual("ustar\0".utf8) {
      return bytes[508..<512].elementsEqual("tar\0".utf8) ? .star : .ustar
    }
    return bytes[257..<265].elementsEqual("ustar  \0".utf8) ? .gnu : .v7
  }

  var typeFlag: UInt8 { bytes[156] }

  /// The path: prefix and name.
  var path: [UInt8] {
    let prefix: [UInt8] =
      switch dialect {
      case .ustar: text(345..<500)
      case .star: text(345..<476)
      case .gnu, .v7: []
      }
    return prefix.isEmpty ? text(0..<100) : prefix + [UInt8(ascii: "/")] + text(0..<100)
  }

  var target: [UInt8] { text(157..<257) }

  /// The bytes of a field up to the first zero.
  func text(_ field: Range<Int>) -> [UInt8] { Array(bytes[field].prefix { $0 != 0 }) }

  /// A number that can't be negative, in octal digits or (GNU) in binary; nil where it is neither or too large.
  func number(_ field: Range<Int>) -> UInt64? {
    guard let number = signedNumber(field) else { return nil }
    return UInt64(exactly: number)
  }

  /// A number, in octal digits or (GNU) in two's complement; 0 where the field is empty.
  func signedNumber(_ field: Range<Int>) -> Int64? {
    let first = bytes[field.lowerBound]
    if first & 0x80 != 0 {
      // The highest bit is the mark; the next one is the sign.
      let isNegative = first & 0x40 != 0
      var value: Int64 = isNegative ? -1 : 0
      for (index, byte) in bytes[field].enumerated() {
        let byte = index > 0 ? byte : isNegative ? byte : byte & 0x7f
        guard value >> 55 == 0 || value >> 55 == -1 else { return nil }
        value = value << 8 | Int64(byte)
      }
      return value
    }
    let isBlank: (UInt8) -> Bool = { $0 == 0 || $0 == UInt8(ascii: " ") }
    let digits = bytes[field].drop(while: isBlank).prefix { !isBlank($0) }
    var value: Int64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), value >> 60 == 0 else { return nil }
      value = value << 3 | Int64(digit & 7)
    }
    return value
  }

  /// Whether the file is one of old GNU's sparse ones, which go on in a further block.
  var hasMoreOfSparseMap: Bool { bytes[482] != 0 }

  /// The same of a block that goes on with such a map.
  var hasMoreBehindSparseMap: Bool { bytes[504] != 0 }
}
