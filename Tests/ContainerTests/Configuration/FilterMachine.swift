/// The kernel's machine for filters, as far as libseccomp uses it (Linux, Documentation/networking/filter.rst).
struct FilterMachine {
  /// AUDIT_ARCH_… of <linux/audit.h>.
  static let x8664: UInt32 = 0xC000_003E
  static let x86: UInt32 = 0x4000_0003
  static let allow: UInt32 = 0x7FFF_0000

  let program: [UInt8]

  /// SECCOMP_RET_ERRNO with that number.
  static func fail(_ number: UInt32) -> UInt32 { 0x0005_0000 | number }

  private func word(_ offset: Int) -> UInt32 {
    program[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// What the program returns for a call (struct seccomp_data).
  func result(_ number: UInt32, _ arguments: [UInt64] = [], architecture: UInt32 = x8664) -> UInt32 {
    var data: [UInt32] = [number, architecture, 0, 0]
    for index in 0..<6 {
      let value = index < arguments.count ? arguments[index] : 0
      data += [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
    }
    var (accumulator, counter) = (UInt32(0), 0)
    while true {
      let code = UInt16(truncatingIfNeeded: word(counter * 8))
      let (yes, no) = (Int(program[counter * 8 + 2]), Int(program[counter * 8 + 3]))
      let constant = word(counter * 8 + 4)
      counter += 1
      switch code {
      case 0x20: accumulator = data[Int(constant / 4)]
      case 0x54: accumulator &= constant
      case 0x15: counter += accumulator == constant ? yes : no
      case 0x25: counter += accumulator > constant ? yes : no
      case 0x35: counter += accumulator >= constant ? yes : no
      case 0x45: counter += accumulator & constant != 0 ? yes : no
      case 0x05: counter += Int(constant)
      case 0x06: return constant
      default: preconditionFailure("instruction \(code)")
      }
    }
  }
}
