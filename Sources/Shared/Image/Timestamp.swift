import Glibc

/// A moment that a document gives in the form of RFC 3339.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Seconds since 1970, negative before.
  public let seconds: Int64
  /// The rest.
  public let nanoseconds: Int64

  /// The moment of these seconds since 1970.
  public init(seconds: Int64, nanoseconds: Int64 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// The moment that `text` gives (RFC 3339, 5.6); nil where it is not in that form.
  public init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>, _ limits: ClosedRange<Int64>) -> Int64? {
      guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
      }
      let value = bytes[range].reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
      return limits.contains(value) ? value : nil
    }
    func mark(_ index: Int, _ marks: String) -> Bool {
      index < bytes.count && marks.utf8.contains(bytes[index])
    }
    guard let year = number(0..<4, 0...9999), mark(4, "-"), let month = number(5..<7, 1...12), mark(7, "-"),
      let day = number(8..<10, 1...Self.days(in: month, year)), mark(10, "Tt "),
      let hour = number(11..<13, 0...23), mark(13, ":"), let minute = number(14..<16, 0...59), mark(16, ":"),
      let second = number(17..<19, 0...59)
    else { return nil }
    var rest = 19
    var nanoseconds: Int64 = 0
    if mark(rest, ".") {
      let digits = bytes[20...].prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      for index in 0..<9 {
        nanoseconds = nanoseconds * 10 + (index < digits.count ? Int64(digits[20 + index] - 0x30) : 0)
      }
      rest += 1 + digits.count
    }
    var offset: Int64 = 0
    if mark(rest, "+-") {
      guard let hours = number(rest + 1..<rest + 3, 0...23), mark(rest + 3, ":"),
        let minutes = number(rest + 4..<rest + 6, 0...59), bytes.count == rest + 6
      else { return nil }
      offset = (hours * 60 + minutes) * 60 * (mark(rest, "-") ? -1 : 1)
    } else {
      guard mark(rest, "Zz"), bytes.count == rest + 1 else { return nil }
    }
    seconds = Self.daysSince1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
    self.nanoseconds = nanoseconds
  }

  /// Now (clock_gettime(2)).
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
  }

  /// Earlier ones come first.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

extension Timestamp {
  /// `2024-01-02 03:04:05 +0000 UTC`, as Docker prints it where the time zone is UTC.
  public var dockerDescription: String { "\(parts.date) \(parts.time) +0000 UTC" }

  /// `2024-01-02T03:04:05Z`, with a fraction where there is one.
  public var rfc3339: String {
    var fraction = ""
    if nanoseconds > 0 {
      let digits = String(nanoseconds)
      fraction = String(repeating: "0", count: 9 - digits.count) + digits
      while fraction.last == "0" { fraction.removeLast() }
    }
    return "\(parts.date)T\(parts.time)\(fraction.isEmpty ? "" : ".")\(fraction)Z"
  }

  private var parts: (date: String, time: String) {
    let days = seconds.quotientFlooring(86400)
    let time = seconds - days * 86400
    let (year, month, day) = Self.date(days)
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return (
      "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))",
      "\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
    )
  }

  private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(in month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days of the Gregorian calendar, counted in years that begin in March, so that the leap day is the last one.
  private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let leapDays = year.quotientFlooring(4) - year.quotientFlooring(100) + year.quotientFlooring(400)
    return year * 365 + leapDays + dayOfYear - 719_468
  }

  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // The year that the average length gives is right or one too late.
    var year = ((days + 719_468) * 400).quotientFlooring(146_097) + 1
    while daysSince1970(year, 3, 1) > days { year -= 1 }
    let dayOfYear = days - daysSince1970(year, 3, 1)
    let month = (5 * dayOfYear + 2) / 153
    return (month < 10 ? year : year + 1, (month + 2) % 12 + 1, dayOfYear - (153 * month + 2) / 5 + 1)
  }
}

extension Int64 {
  /// The quotient, rounded down also where it is negative.
  fileprivate func quotientFlooring(_ divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

extension Timestamp {
  /// The moment that an HTTP field gives (RFC 9110, 5.6.7, IMF-fixdate); nil where it is not in that form.
  public init?(http text: String) {
    // Sun, 06 Nov 1994 08:49:37 GMT
    let parts = text.split(separator: " ")
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard parts.count == 6, parts[5] == "GMT", parts[1].utf8.count == 2,
      let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    self.init(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
  }
}
