import Image
import System
import Testing

@testable import Verification

@Suite struct VerifiedReaderTests {
  /// Small ones are hashed here, those from 1 MiB on beside, where the reader retains its pieces.
  static let small = sample(10_000)
  static let large = sample((1 << 20) + 12_345)

  /// How the bytes come: piece size, retained calls.
  static let ways: [(bytes: [UInt8], pieceSize: Int, retaining: Int)] = [
    (small, 1, 0), (small, 999, 0), (small, 10_000, 0), (small, 1000, 3),
    (large, 100_000, 0), (large, 100_000, 1), (large, 100_000, 2), (large, 65_536, 3), (large, 1 << 21, 3),
    (large, 4096, 100), (large, 50_000, Int.max),
  ]

  @Test("what is right comes out whole, whatever the pieces", arguments: ways.indices)
  func right(_ way: Int) throws {
    let (bytes, pieceSize, retaining) = Self.ways[way]
    for algorithm in Digest.Algorithm.allCases {
      let source = UnverifiedBytes(PieceReader(bytes, by: pieceSize, retaining: retaining))
      let reader = try VerifiedReader(blob(bytes, algorithm), source)
      let (given, failure) = drain(reader)
      #expect(failure == nil && given == bytes)
      #expect(try reader.next() == nil, "the end stays the end")
    }
  }

  @Test("a changed byte anywhere is an error before the last piece is given out", arguments: ways.indices)
  func changed(_ way: Int) throws {
    let (bytes, pieceSize, retaining) = Self.ways[way]
    for position in [0, bytes.count / 2, bytes.count - 1] {
      var wrong = bytes
      wrong[position] ^= 0x10
      let source = UnverifiedBytes(PieceReader(wrong, by: pieceSize, retaining: retaining))
      let (given, failure) = drain(try VerifiedReader(blob(bytes), source))
      #expect(failure?.kind == .invalid)
      #expect(failure?.problem.contains("digest mismatch") == true)
      #expect(given.count < bytes.count)
      #expect(given == Array(wrong[..<given.count]))
    }
  }

  @Test("too few bytes are an error, however few are missing", arguments: ways.indices, [1, 4000])
  func short(_ way: Int, _ missing: Int) throws {
    let (bytes, pieceSize, retaining) = Self.ways[way]
    let source = UnverifiedBytes(
      PieceReader(Array(bytes.dropLast(missing)), by: pieceSize, retaining: retaining))
    let (given, failure) = drain(try VerifiedReader(blob(bytes), source))
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem == "ends after \(bytes.count - missing) of \(bytes.count) bytes")
    #expect(given.count < bytes.count)
  }

  @Test("surplus bytes are an error before the last piece is given out", arguments: ways.indices, [1, 4000])
  func surplus(_ way: Int, _ extra: Int) throws {
    let (bytes, pieceSize, retaining) = Self.ways[way]
    let source = UnverifiedBytes(
      PieceReader(bytes + sample(extra, seed: 9), by: pieceSize, retaining: retaining))
    let (given, failure) = drain(try VerifiedReader(blob(bytes), source))
    #expect(failure?.kind == .invalid)
    #expect(given.count < bytes.count)
  }

  @Test("what only the end knows to be wrong is an error before the last piece is given out")
  func brokenSurroundings() throws {
    let source = UnverifiedBytes(PieceReader(Self.small, surplus: true))
    let (given, failure) = drain(try VerifiedReader(blob(Self.small), source))
    #expect(failure?.subject == "source")
    #expect(given.count == Self.small.count - 1000)
  }

  @Test(
    "right bytes of another size than the descriptor's are an error", arguments: [9999, 10_001, UInt64.max])
  func wrongSize(_ size: UInt64) throws {
    let source = UnverifiedBytes(PieceReader(Self.small))
    let (_, failure) = drain(try VerifiedReader(blob(Self.small, size: size), source))
    #expect(failure?.kind == .invalid)
  }

  @Test("an empty blob is verified too")
  func empty() throws {
    #expect(drain(try VerifiedReader(blob([]), UnverifiedBytes(PieceReader([])))).failure == nil)
    let surplus = UnverifiedBytes(PieceReader([1]))
    #expect(drain(try VerifiedReader(blob([]), surplus)).failure?.kind == .invalid)
    let other = Descriptor(mediaType: .layer, digest: .of([1]), size: 0)
    #expect(drain(try VerifiedReader(other, UnverifiedBytes(PieceReader([])))).failure?.kind == .invalid)
  }

  @Test("an error is final: who asks again gets it again and never the end")
  func final() throws {
    // After its digest was taken once, a hasher starts anew: the digest of nothing must not pass for the blob's.
    let descriptor = Descriptor(mediaType: .layer, digest: .of([]), size: UInt64(Self.small.count))
    for pieceSize in [1000, 10_000] {
      let reader = try VerifiedReader(
        descriptor, UnverifiedBytes(PieceReader(Self.small, by: pieceSize)))
      _ = drain(reader)
      for _ in 1...3 {
        let (given, failure) = drain(reader)
        #expect(given.isEmpty && failure?.problem.contains("digest mismatch") == true)
      }
    }
  }

  @Test("the source's own error comes through, and again", arguments: [0, 3])
  func sourceFails(_ retaining: Int) throws {
    let source = PieceReader(
      Self.large, by: 100_000, retaining: retaining, failing: (500_000, Failure(.unreachable, "host", "gone"))
    )
    let reader = try VerifiedReader(blob(Self.large), UnverifiedBytes(source))
    let (given, failure) = drain(reader)
    #expect(given.count == 500_000 && failure?.kind == .unreachable)
    #expect(drain(reader).failure?.problem == "gone")
  }

  @Test("who stops midway waits for nobody, and nobody reads what is gone", arguments: [0, 1, 2, 5])
  func abandoned(_ pieces: Int) throws {
    let descriptor = blob(Self.large)
    for _ in 1...50 {
      // The reader is the only one that holds the source.
      let reader = try VerifiedReader(
        descriptor, UnverifiedBytes(PieceReader(Self.large, by: 200_000, retaining: 3)))
      for _ in 0..<pieces { _ = try reader.next() }
    }
  }

  @Test("all of it at once")
  func readAll() throws {
    #expect(
      try VerifiedReader(blob(Self.small), UnverifiedBytes(PieceReader(Self.small))).readAll() == Self.small)
    let wrong = try VerifiedReader(blob(Self.large), UnverifiedBytes(PieceReader(Self.small)))
    #expect(throws: Failure.self) { try wrong.readAll() }
  }
}
