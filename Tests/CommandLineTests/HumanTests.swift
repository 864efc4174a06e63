import Testing

@testable import CommandLine

@Suite struct HumanTests {
  @Test(
    "sizes have three significant digits and decimal units",
    arguments: [
      (0, "0B"), (1, "1B"), (999, "999B"), (1000, "1kB"), (1004, "1kB"), (1005, "1.01kB"), (1230, "1.23kB"),
      (12_345, "12.3kB"), (12_350, "12.4kB"), (123_456, "123kB"), (999_499, "999kB"), (999_500, "1MB"),
      (1_000_000, "1MB"), (1_500_000, "1.5MB"), (50_000_000, "50MB"), (1_234_567_890, "1.23GB"),
      (9_995_000_000, "10GB"), (99_950_000_000, "100GB"), (UInt64.max, "18.4EB"),
    ] as [(UInt64, String)])
  func sizes(bytes: UInt64, text: String) {
    #expect(Human.size(bytes) == text)
  }

  @Test(
    "times have two units at most",
    arguments: [
      (0, "0s"), (59, "59s"), (60, "1m00s"), (65, "1m05s"), (3599, "59m59s"), (3600, "1h00m"),
      (7380, "2h03m"),
      (360_000, "100h00m"),
    ] as [(UInt64, String)])
  func durations(seconds: UInt64, text: String) {
    #expect(Human.duration(seconds: seconds) == text)
  }
}
