import Glibc

/// One header block of a tar, of any dialect: V7, ustar, pax, GNU, star.
///
/// Borrowed: valid as long as the bytes it was made of.
struct TarBlock {
  static let size = 512

  private let bytes: UnsafeRawBufferPointer

  /// What a header says of its dialect.
  enum Dialect {
    case v7
    case ustar
    case star
    case gnu
  }

  /// The block of these 512 bytes.
  init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == Self.size)
    self.bytes = bytes
  }

  /// Nothing but zeros: half of an archive's end.
  var isZero: Bool { bytes[0] == 0 && bytes.allSatisfy { $0 == 0 } }

  /// Whether the checksum is right, added up of unsigned bytes or, as old writers did, of signed ones.
  var isSound: Bool {
    guard let stated = signedNumber(148..<156) else { return false }
    var unsigned: UInt32 = 0
    for byte in bytes { unsigned &+= UInt32(byte) }
    for byte in bytes[148..<156] { unsigned = unsigned &- UInt32(byte) &+ 0x20 }
    if stated == Int64(unsigned) { return true }
    let high = bytes.enumerated().reduce(0) {
      $0 + ($1.element >= 0x80 && !(148..<156).contains($1.offset) ? 1 : 0)
    }
    return stated == Int64(unsigned) - Int64(high) * 256
  }

  var dialect: Dialect {
    if has("ustar\0", at: 257) { return has("tar\0", at: 508) ? .star : .ustar }
    return has("ustar  \0", at: 257) ? .gnu : .v7
  }

  var typeFlag: UInt8 { bytes[156] }

  /// The path: prefix and name.
  var path: [UInt8] {
    let prefix: Range<Int> =
      switch dialect {
      case .ustar: 345..<500
      case .star: 345..<476
      case .gnu, .v7: 345..<345
      }
    guard !prefix.isEmpty, bytes[prefix.lowerBound] != 0 else { return text(0..<100) }
    return text(prefix) + [UInt8(ascii: "/")] + text(0..<100)
  }

  var target: [UInt8] { text(157..<257) }

  /// The bytes of a field up to the first zero.
  func text(_ field: Range<Int>) -> [UInt8] {
    let start = bytes.baseAddress! + field.lowerBound
    return Array(UnsafeRawBufferPointer(start: start, count: strnlen(start, field.count)))
  }

  /// A number that can't be negative, in octal digits or (GNU) in binary; nil where it is neither or too large.
  func number(_ field: Range<Int>) -> UInt64? {
    guard let number = signedNumber(field) else { return nil }
    return UInt64(exactly: number)
  }

  /// A number, in octal digits or (GNU) in two's complement; 0 where the field is empty.
  func signedNumber(_ field: Range<Int>) -> Int64? {
    let first = bytes[field.lowerBound]
    if first & 0x80 != 0 { return binaryNumber(field) }
    var value: Int64 = 0
    var begun = false
    for byte in UnsafeRawBufferPointer(rebasing: bytes[field]) {
      if byte == 0 || byte == UInt8(ascii: " ") {
        if begun { break }
        continue
      }
      guard byte & 0xf8 == UInt8(ascii: "0"), value >> 60 == 0 else { return nil }
      begun = true
      value = value << 3 | Int64(byte & 7)
    }
    return value
  }

  private func binaryNumber(_ field: Range<Int>) -> Int64? {
    // The highest bit is the mark; the next one is the sign.
    let isNegative = bytes[field.lowerBound] & 0x40 != 0
    var value: Int64 = isNegative ? -1 : 0
    for (index, byte) in bytes[field].enumerated() {
      let byte = index > 0 || isNegative ? byte : byte & 0x7f
      guard value >> 55 == 0 || value >> 55 == -1 else { return nil }
      value = value << 8 | Int64(byte)
    }
    return value
  }

  private func has(_ text: StaticString, at offset: Int) -> Bool {
    memcmp(bytes.baseAddress! + offset, text.utf8Start, text.utf8CodeUnitCount) == 0
  }
}

extension TarBlock {
  /// An extent of old GNU's sparse maps: `index` of four in a header, of 21 in a block that goes on with one.
  ///
  /// Nil where the map ends, or has no number.
  func sparseExtent(_ index: Int, behindHeader: Bool) -> SparseExtent? {
    let start = (behindHeader ? 0 : 386) + index * 24
    guard bytes[start] != 0, let offset = number(start..<start + 12),
      let count = number(start + 12..<start + 24)
    else { return nil }
    return SparseExtent(offset: offset, count: count)
  }

  /// Whether the file is one of old GNU's sparse ones, which go on in a further block.
  var hasMoreOfSparseMap: Bool { bytes[482] != 0 }

  /// The same of a block that goes on with such a map.
  var hasMoreBehindSparseMap: Bool { bytes[504] != 0 }
}
