/// An instruction of the kernel's classic packet filter (`struct sock_filter`).
struct FilterInstruction: Equatable {
  var code: UInt16
  /// How many instructions are passed over where a comparison holds, and where it does not.
  var jumps: (yes: UInt8, no: UInt8)
  var value: UInt32

  /// The codes that libseccomp makes (<linux/bpf_common.h>).
  enum Code {
    static let load: UInt16 = 0x20
    static let and: UInt16 = 0x54
    static let jump: UInt16 = 0x05
    static let ifEqual: UInt16 = 0x15
    static let ifGreater: UInt16 = 0x25
    static let ifNotLess: UInt16 = 0x35
    static let ifAny: UInt16 = 0x45
    static let end: UInt16 = 0x06
  }

  init(_ code: UInt16, _ value: UInt32, yes: UInt8 = 0, no: UInt8 = 0) {
    self.code = code
    self.value = value
    jumps = (yes, no)
  }

  static func == (one: FilterInstruction, other: FilterInstruction) -> Bool {
    one.code == other.code && one.jumps == other.jumps && one.value == other.value
  }

  /// Whether it compares the accumulator with its value, as a number.
  var isComparison: Bool { [Code.ifEqual, Code.ifGreater, Code.ifNotLess].contains(code) }

  /// Whether that holds.
  func holds(_ accumulator: UInt32) -> Bool {
    switch code {
    case Code.ifEqual: accumulator == value
    case Code.ifGreater: accumulator > value
    default: accumulator >= value
    }
  }

  /// The instructions of a program in bytes.
  static func parsing(_ bytes: [UInt8]) -> [FilterInstruction] {
    stride(from: 0, to: bytes.count - 7, by: 8).map { at in
      let value = bytes[at + 4..<at + 8].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return FilterInstruction(
        UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8, value, yes: bytes[at + 2], no: bytes[at + 3])
    }
  }

  /// Its bytes; the kernel's order is that of all processors we know a profile for, little-endian.
  var bytes: [UInt8] {
    [UInt8(truncatingIfNeeded: code), UInt8(code >> 8), jumps.yes, jumps.no]
      + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
  }
}
