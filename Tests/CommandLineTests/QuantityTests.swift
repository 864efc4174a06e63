import System
import Testing

@testable import CommandLine

struct QuantityTests {
  @Test(
    "an age has a unit, but for 0",
    arguments: [("0", 0), ("45s", 45), ("90m", 5400), ("12h", 43_200), ("30d", 2_592_000), ("2w", 1_209_600)])
  func ages(text: String, seconds: UInt64) throws {
    #expect(try Quantity.seconds(text, option: "--gc") == seconds)
  }

  @Test(
    "what is no age is refused",
    arguments: ["", "d", "30", "-1d", "1y", "1.5h", "99999999999999999w", " 1d", "1D"])
  func badAges(text: String) {
    #expect(throws: Failure.self) { try Quantity.seconds(text, option: "--gc") }
  }

  @Test(
    "a size has units of 1024",
    arguments: [
      ("0", 0), ("4096", 4096), ("1k", 1024), ("512M", 512 << 20), ("20G", 20 << 30), ("1t", 1 << 40),
      ("7b", 7),
    ])
  func sizes(text: String, bytes: UInt64) throws {
    #expect(try Quantity.bytes(text, option: "--max-size") == bytes)
  }

  @Test("what is no size is refused", arguments: ["", "G", "1.5G", "-1", "1e9", "20GB", "99999999T", "1 G"])
  func badSizes(text: String) {
    #expect(throws: Failure.self) { try Quantity.bytes(text, option: "--max-size") }
  }
}
