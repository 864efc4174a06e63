import Image
import Testing

@testable import CommandLine

@Suite struct AgeTests {
  @Test(
    "ages are told as Docker tells them",
    arguments: [
      (-5, "Less than a second"), (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"),
      (60, "About a minute"), (119, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"),
      (3600, "About an hour"), (5399, "About an hour"), (5400, "2 hours"), (47 * 3600, "47 hours"),
      (48 * 3600, "2 days"), (13 * 86400, "13 days"), (14 * 86400, "2 weeks"), (59 * 86400, "8 weeks"),
      (60 * 86400, "2 months"), (729 * 86400, "24 months"), (730 * 86400, "2 years"),
      (40 * 365 * 86400, "40 years"),
    ] as [(Int64, String)])
  func ages(seconds: Int64, text: String) {
    #expect(Human.age(seconds: seconds) == text)
  }

  @Test(
    "moments are read as RFC 3339 writes them",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0), ("2024-01-02T03:04:05Z", 1_704_164_645, 0),
      ("2024-02-29T23:59:59.5Z", 1_709_251_199, 500_000_000),
      ("2024-01-02t03:04:05.123456789123z", 1_704_164_645, 123_456_789),
      ("2024-01-02T03:04:05+01:30", 1_704_159_245, 0), ("2024-01-02T03:04:05-01:00", 1_704_168_245, 0),
      ("0001-01-01T00:00:00Z", -62_135_596_800, 0), ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
    ] as [(String, Int64, Int64)])
  func moments(text: String, seconds: Int64, nanoseconds: Int64) {
    #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
  }

  @Test(
    "what is not RFC 3339 is no moment",
    arguments: [
      "", "2024", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-02T24:00:00Z",
      "2024-01-02T00:00:00",
      "2024-01-02T00:00:00.Z", "2024-01-02T00:00:00+0100", "2024-01-02T00:00:00ZZ",
      "2024-01-02T00:00:00+99:00",
      "-024-01-02T00:00:00Z",
    ])
  func noMoments(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test(
    "a moment is written with its date",
    arguments: [
      (0, "1970-01-01 00:00:00 +0000 UTC"), (1_704_164_645, "2024-01-02 03:04:05 +0000 UTC"),
      (951_782_400, "2000-02-29 00:00:00 +0000 UTC"), (-1, "1969-12-31 23:59:59 +0000 UTC"),
      (253_402_300_799, "9999-12-31 23:59:59 +0000 UTC"), (-62_135_596_800, "0001-01-01 00:00:00 +0000 UTC"),
    ] as [(Int64, String)])
  func written(seconds: Int64, text: String) {
    #expect(Timestamp(seconds: seconds).dockerDescription == text)
  }
}
