/// Sizes and times in the words of people.
public enum Human {
  /// `1.23MB`: three significant digits, decimal units, as Docker prints it.
  public static func size(_ bytes: UInt64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var unit = 0
    var scale: UInt64 = 1
    // Rounding must not leave 1000 of a unit: 999,950 bytes are 1MB.
    while unit < units.count - 1, bytes / scale >= 1000 || rounded(bytes, scale) == "1000" {
      scale *= 1000
      unit += 1
    }
    return rounded(bytes, scale) + units[unit]
  }

  /// `bytes / scale` with three significant digits, without trailing zeros; below 1000 × `scale`.
  private static func rounded(_ bytes: UInt64, _ scale: UInt64) -> String {
    guard scale > 1 else { return "\(bytes)" }
    let whole = bytes / scale
    let decimals = whole >= 100 ? 0 : whole >= 10 ? 1 : 2
    let step = scale / [1, 10, 100][decimals]
    var digits = bytes / step + (bytes % step >= (step + 1) / 2 ? 1 : 0)
    var fraction = ""
    for _ in 0..<decimals {
      let digit = digits % 10
      digits /= 10
      if !(fraction.isEmpty && digit == 0) { fraction = "\(digit)" + fraction }
    }
    return fraction.isEmpty ? "\(digits)" : "\(digits).\(fraction)"
  }

  /// `7s`, `1m05s`, `2h03m`.
  public static func duration(seconds: UInt64) -> String {
    func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3600 { return "\(seconds / 60)m\(two(seconds % 60))s" }
    return "\(seconds / 3600)h\(two(seconds / 60 % 60))m"
  }
}
