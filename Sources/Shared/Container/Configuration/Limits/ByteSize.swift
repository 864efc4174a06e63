import System

/// A number of bytes as Docker's options spell it: `64m`, `1.5g`, `100`; units are powers of 1,024.
public struct ByteSize: Hashable, Sendable {
  /// The number of bytes.
  public let bytes: UInt64

  /// The size that `text` is.
  ///
  /// - Throws: `usage`, without the option's name.
  public init(parsing text: String) throws(Failure) {
    let units: [Character: UInt64] = [
      "b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50,
    ]
    var number = text[...]
    let suffix = text.drop { $0.isASCII && ($0.isNumber || $0 == ".") }
    number = text[..<suffix.startIndex]
    let unit = (suffix.first == " " ? suffix.dropFirst() : suffix).lowercased()
    var shift: UInt64 = 0
    if let letter = unit.first {
      guard let known = units[letter], ["", "b", "ib"].contains(unit.dropFirst()),
        letter != "b" || unit == "b"
      else { throw Failure(.usage, "", "invalid size \"\(text)\": its unit is none of b, k, m, g, t, p") }
      shift = known
    }
    guard let value = Self.value(number, shift: shift) else {
      throw Failure(.usage, "", "invalid size \"\(text)\"")
    }
    bytes = value
  }

  /// The decimal number times 2^shift, without its fraction; nil where it is none or too large.
  private static func value(_ text: Substring, shift: UInt64) -> UInt64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, text.contains(where: \.isNumber), parts.allSatisfy({ $0.count <= 18 }) else {
      return nil
    }
    guard let whole = parts[0].isEmpty ? 0 : UInt64(parts[0]) else { return nil }
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1 << shift)
    var total = scaled
    if overflow { return nil }
    if parts.count == 2, !parts[1].isEmpty {
      // More than nine digits of a fraction make no difference of a byte below a petabyte.
      let digits = parts[1].prefix(9)
      guard let fraction = UInt64(digits) else { return nil }
      let power = digits.reduce(UInt64(1)) { power, _ in power * 10 }
      total = total &+ UInt64((Double(fraction) / Double(power)) * Double(UInt64(1) << shift))
    }
    return total <= UInt64(Int64.max) ? total : nil
  }
}
