/// Times as Go writes them: `1h30m`, `1.5s`, `100ms`.
enum TimeText {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("ns", 1), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ("m", 60_000_000_000), ("h", 3_600_000_000_000),
  ]

  /// The nanoseconds that `text` stands for; nil where it is no time, or too long.
  static func nanoseconds(_ text: String) -> Int64? {
    var rest = Substring(text)
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest.removeFirst() }
    if rest == "0" { return 0 }
    guard !rest.isEmpty else { return nil }
    var total: Int64 = 0
    while !rest.isEmpty {
      guard let part = takePart(from: &rest) else { return nil }
      let (sum, overflows) = total.addingReportingOverflow(part)
      guard !overflows else { return nil }
      total = sum
    }
    return isNegative ? -total : total
  }

  /// A number and its unit.
  private static func takePart(from rest: inout Substring) -> Int64? {
    func digits() -> Substring {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest[digits.endIndex...]
      return digits
    }
    let whole = digits()
    var fraction: Substring = ""
    if rest.first == "." {
      rest.removeFirst()
      fraction = digits()
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    let unit = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
    rest = rest[unit.endIndex...]
    guard let scale = units.first(where: { $0.name == unit })?.nanoseconds,
      let count = whole.isEmpty ? 0 : Int64(whole)
    else { return nil }
    var (result, overflows) = count.multipliedReportingOverflow(by: scale)
    var step = scale
    for digit in fraction where step > 0 {
      step /= 10
      let (sum, isTooLong) = result.addingReportingOverflow(step * Int64(digit.wholeNumberValue ?? 0))
      result = sum
      overflows = overflows || isTooLong
    }
    return overflows ? nil : result
  }
}
