/// The classes of characters that the grammars here are made of.
enum ASCII {
  static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
  static func isLower(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte }
  static func isUpper(_ byte: UInt8) -> Bool { 0x41...0x5A ~= byte }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(byte) || isUpper(byte) }
  static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || 0x61...0x66 ~= byte || 0x41...0x46 ~= byte
  }
}
