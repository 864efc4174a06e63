import Glibc
import Image
import System
import Testing

@testable import Verification

@Suite struct ReaderTests {
  private func file(_ bytes: [UInt8]) throws -> FileDescriptor {
    let file = try FileDescriptor.spool(in: "/tmp")
    try file.write(bytes)
    return file
  }

  private func drain(_ reader: some ByteReader) throws -> [UInt8] {
    var all: [UInt8] = []
    while let bytes = try reader.next() {
      try #require(!bytes.isEmpty)
      all += bytes
    }
    return all
  }

  @Test(
    "a region of a file comes out as it is",
    arguments: [(0, 3_000_000), (1, 2), (5, 5), (700_000, 2_000_001)])
  func region(_ from: Int, _ to: Int) throws {
    let bytes = sample(3_000_000)
    let reader = FileReader(try file(bytes), "f", from: UInt64(from), to: UInt64(to), endsFile: false)
    #expect(try drain(reader) == Array(bytes[from..<to]))
    try reader.expectEnd()
  }

  @Test("a piece stays as long as promised")
  func retention() throws {
    let bytes = sample(6 * FileReader.pieceSize)
    let reader = FileReader(try file(bytes), "f", from: 0, to: UInt64(bytes.count), endsFile: true)
    var pieces: [UnsafeRawBufferPointer] = []
    while let piece = try reader.next() {
      pieces.append(piece)
      let kept = pieces.suffix(reader.retainedCalls + 1)
      let start = (pieces.count - kept.count) * FileReader.pieceSize
      let end = pieces.count * FileReader.pieceSize
      #expect(Array(kept.joined()) == Array(bytes[start..<end]))
    }
    #expect(pieces.count == 6)
  }

  @Test("a file that became shorter ends early; one that became longer does not end")
  func sizes() throws {
    let file = try file(sample(1000))
    #expect(try drain(FileReader(file, "f", from: 0, to: 2000, endsFile: true)).count == 1000)
    let reader = FileReader(file, "f", from: 0, to: 999, endsFile: true)
    _ = try drain(reader)
    #expect(throws: Failure.self) { try reader.expectEnd() }
  }

  @Test("bounds that no file can have are no trap")
  func hugeBounds() throws {
    let file = try file(sample(10))
    #expect(try drain(FileReader(file, "f", from: 0, to: .max, endsFile: true)).count == 10)
    #expect((try? drain(FileReader(file, "f", from: .max - 1, to: .max, endsFile: true)))?.count ?? 0 == 0)
    #expect(try drain(FileReader(file, "f", from: 9, to: 3, endsFile: false)).isEmpty)
  }

  @Test("a file that can't be read fails under its name")
  func unreadable() throws {
    let closed = FileDescriptor(borrowing: -1)
    let reader = FileReader(closed, "store/blob", from: 0, to: 1, endsFile: true)
    let failure = #expect(throws: Failure.self) { try reader.next() }
    #expect(failure?.subject == "store/blob")
  }

  @Test("bytes in memory come once, and nothing follows them", arguments: [0, 1, 100_000])
  func memory(_ count: Int) throws {
    let bytes = sample(count)
    let reader = MemoryReader(bytes)
    if count > 0 { #expect(throws: Failure.self) { try reader.expectEnd() } }
    #expect(try drain(reader) == bytes)
    try reader.expectEnd()
  }

  @Test(
    "a file hashed beside its reading has the same digest as in memory", arguments: Digest.Algorithm.allCases)
  func beside(_ algorithm: Digest.Algorithm) throws {
    let bytes = sample(9_000_001)
    let source = FileReader(try file(bytes), "f", from: 0, to: UInt64(bytes.count), endsFile: true)
    let reader = try VerifiedReader(blob(bytes, algorithm), UnverifiedBytes(source))
    #expect(try reader.readAll() == bytes)
  }

  @Test(
    "digests are those of FIPS 180-4's examples",
    arguments: [
      ("", Digest.Algorithm.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", .sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abc", .sha512,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
      ),
    ])
  func vectors(_ text: String, _ algorithm: Digest.Algorithm, _ hex: String) {
    #expect(Digest.of(Array(text.utf8), by: algorithm).hex == hex)
  }

  @Test("a digest does not depend on how the bytes were cut")
  func cuts() {
    let bytes = sample(10_000)
    for cut in [0, 1, 63, 64, 65, 9999, 10_000] {
      var hasher = ContentHasher(.sha512)
      bytes.withUnsafeBytes {
        hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<cut]))
        hasher.update(UnsafeRawBufferPointer(rebasing: $0[cut...]))
      }
      #expect(hasher.finish() == .of(bytes, by: .sha512))
    }
  }
}
