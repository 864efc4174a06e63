/// How fast bytes come, smoothed over the last few seconds.
struct TransferRate {
  /// Bytes per second.
  private(set) var bytesPerSecond: Double = 0
  private var lastTime: UInt64?
  private var pending: UInt64 = 0

  /// How long a change takes to show, in nanoseconds.
  private static let inertia: Double = 3e9

  /// Counts bytes that came.
  mutating func count(_ bytes: UInt64) { pending &+= bytes }

  /// Takes the time, in nanoseconds of a clock that never goes back.
  mutating func sample(at now: UInt64) {
    guard let last = lastTime else {
      lastTime = now
      return
    }
    // Too short a time says nothing.
    guard now > last, now - last >= 50_000_000 else { return }
    let passed = Double(now - last)
    let latest = Double(pending) / passed * 1e9
    // The first figure counts whole: a rate that creeps up from 0 would promise hours.
    let weight = bytesPerSecond == 0 ? 1 : passed / (passed + Self.inertia)
    bytesPerSecond += (latest - bytesPerSecond) * weight
    if bytesPerSecond < 1 { bytesPerSecond = 0 }
    pending = 0
    lastTime = now
  }

  /// The seconds that `bytes` more will take; nil where nothing moves.
  func secondsLeft(for bytes: UInt64) -> UInt64? {
    guard bytesPerSecond >= 1 else { return nil }
    let seconds = (Double(bytes) / bytesPerSecond).rounded(.up)
    // Beyond 100 hours it is a guess that helps nobody.
    return seconds < 360_000 ? UInt64(seconds) : nil
  }
}
