import Image
import System
import Testing

@testable import Verification

@Suite struct ResumedReaderTests {
  static let large = VerifiedReaderTests.large

  @Test(
    "a blob whose beginning is there already is verified whole",
    arguments: [0, 1, 70_000, 1 << 20, 1_060_921])
  func resumed(_ length: Int) throws {
    let prefix = UnverifiedBytes(PieceReader(Array(Self.large[..<length]), by: 9000))
    let rest = UnverifiedBytes(PieceReader(Array(Self.large[length...]), by: 70_000))
    let (given, failure) = drain(try VerifiedReader(blob(Self.large), rest, after: prefix))
    #expect(failure == nil)
    #expect(given == Array(Self.large[length...]), "the beginning is not given out")
  }

  @Test(
    "no piece is let go before it is hashed, whichever side keeps its pieces longer",
    arguments: [0, 1, 2, 7, Int.max], [0, 1, 2, 7, Int.max])
  func retained(_ before: Int, _ after: Int) throws {
    let prefix = PieceReader(Array(Self.large[..<600_000]), by: 5000, retaining: before)
    let rest = PieceReader(Array(Self.large[600_000...]), by: 5000, retaining: after)
    let reader = try VerifiedReader(
      blob(Self.large), UnverifiedBytes(rest), after: UnverifiedBytes(prefix))
    #expect(drain(reader).failure == nil)
  }

  @Test("a beginning that is not the blob's is an error before the last piece is given out")
  func wrongPrefix() throws {
    var wrong = Array(Self.large[..<600_000])
    wrong[7] ^= 1
    let rest = UnverifiedBytes(PieceReader(Array(Self.large[600_000...]), by: 5000))
    let reader = try VerifiedReader(
      blob(Self.large), rest, after: UnverifiedBytes(PieceReader(wrong)))
    let (given, failure) = drain(reader)
    #expect(failure?.kind == .invalid && given.count < Self.large.count - 600_000)
  }

  @Test("a beginning that is all of a wrong blob gives nothing")
  func wholePrefix() throws {
    var wrong = Self.large
    wrong[7] ^= 1
    let reader = try VerifiedReader(
      blob(Self.large), UnverifiedBytes(PieceReader([])), after: UnverifiedBytes(PieceReader(wrong)))
    let (given, failure) = drain(reader)
    #expect(failure?.kind == .invalid && given.isEmpty)
  }

  @Test("a beginning longer than the blob is an error")
  func longPrefix() throws {
    let prefix = UnverifiedBytes(PieceReader(Self.large + [1]))
    let reader = try VerifiedReader(blob(Self.large), UnverifiedBytes(PieceReader([])), after: prefix)
    #expect(drain(reader).failure?.kind == .invalid)
  }

  @Test("an error in the beginning comes through")
  func prefixFails() throws {
    let prefix = PieceReader(Self.large, failing: (1000, Failure(.failed, "disk", "broken")))
    let reader = try VerifiedReader(
      blob(Self.large), UnverifiedBytes(PieceReader([])), after: UnverifiedBytes(prefix))
    #expect(drain(reader).failure?.problem == "broken")
    #expect(drain(reader).failure?.problem == "broken")
  }
}
