/// A time of a pax header: seconds since 1970, with a fraction.
struct PaxTime {
  /// The whole seconds, rounded down.
  let seconds: Int64
  /// What is past them; digits beyond the ninth are cut off.
  let nanoseconds: UInt32

  /// The time that `text` has in decimal digits; nil where it has none.
  init?(_ text: ArraySlice<UInt8>) {
    let isNegative = text.first == UInt8(ascii: "-")
    let parts = (isNegative ? text.dropFirst() : text).split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = PaxRecords.decimal(parts[0]).flatMap({ Int64(exactly: $0) }) else { return nil }
    var fraction: UInt32 = 0
    var place: UInt32 = 100_000_000
    for digit in parts.count > 1 ? parts[1] : [] {
      guard (0x30...0x39).contains(digit) else { return nil }
      fraction += UInt32(digit & 0xf) * place
      place /= 10
    }
    seconds = isNegative ? -whole - (fraction > 0 ? 1 : 0) : whole
    nanoseconds = isNegative && fraction > 0 ? 1_000_000_000 - fraction : fraction
  }
}
