/// How often and after how long a request is sent again.
struct RetryPolicy: Sendable {
  /// The most times a request is sent without getting on.
  var tries = 5
  /// The same where nobody answers at all.
  var connectionTries = 3
  /// The wait before the second try, seconds; doubled for each further one.
  var firstDelay = 0.5
  /// The longest wait that a server may ask for, seconds.
  var longestDelay: UInt64 = 60
  /// So many bytes of a body count as getting on.
  var progress: UInt64 = 1 << 20

  /// The wait after the given number of tries, seconds.
  func delay(after tries: Int) -> Double {
    (1..<max(1, tries)).reduce(firstDelay) { delay, _ in delay * 2 }
  }
}
