import System

/// A number with a unit, as options take it.
public enum Quantity {
  /// The seconds of an age: `30d`, `12h`, `90m`, `45s`, `2w` or a plain `0`.
  ///
  /// - Throws: `usage` where it is none.
  public static func seconds(_ text: String, option: String) throws(Failure) -> UInt64 {
    let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard text == "0" || text.last.map({ units[$0] != nil }) ?? false, let number = number(text, units) else {
      throw Failure(.usage, option, "\"\(text)\" is not a length of time: 30d, 12h, 90m")
    }
    return number
  }

  /// The bytes of a size: `512M`, `20G`, `1T`, `4096`; units are powers of 1024, as docker takes them.
  ///
  /// - Throws: `usage` where it is none.
  public static func bytes(_ text: String, option: String) throws(Failure) -> UInt64 {
    let units: [Character: UInt64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
    guard let number = number(text.lowercased(), units) else {
      throw Failure(.usage, option, "\"\(text)\" is not a size: 512M, 20G")
    }
    return number
  }

  private static func number(_ text: String, _ units: [Character: UInt64]) -> UInt64? {
    let unit = text.last.flatMap { units[$0] }
    let digits = unit == nil ? text[...] : text.dropLast()
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt64(digits)
    else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
    return overflow ? nil : product
  }
}
