import Image
import System
import Testing
import Transfer
import Verification

@testable import Unpack

struct LayerFeedTests {
  /// A source of one blob, in pieces that are valid until the next one.
  private final class Blob: ImageSource, ByteReader, @unchecked Sendable {
    let bytes: [UInt8]
    let isParallel = true
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 1)
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    deinit { buffer.deallocate() }

    func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
      UnverifiedBytes(self)
    }

    func next() throws(Failure) -> UnsafeRawBufferPointer? {
      let count = min(buffer.count, bytes.count - offset)
      guard count > 0 else { return nil }
      buffer.copyBytes(from: bytes[offset..<offset + count])
      offset += count
      return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    func expectEnd() throws(Failure) {}
  }

  private let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }

  private func feed(_ bytes: [UInt8], as digest: Digest) throws -> LayerFeed {
    let layer = Descriptor(mediaType: .layer, digest: digest, size: UInt64(bytes.count))
    return try LayerFeed(layer, of: Blob(bytes), like: DiffID(digest)) { _ in }
  }

  @Test("every byte comes once and in order, whatever becomes of the buffer behind it; the digest is theirs")
  func whole() throws {
    let feed = try feed(bytes, as: .of(bytes))
    var read: [UInt8] = []
    #expect(feed.diffID == nil)
    while let piece = try feed.next() { read += piece }
    #expect(read == bytes)
    #expect(feed.diffID == DiffID(.of(bytes)))
  }

  @Test("a blob that is not what its descriptor says fails before its end")
  func wrong() throws {
    let feed = try feed(bytes, as: .of([1]))
    var read = 0
    let failure = #expect(throws: Failure.self) { while let piece = try feed.next() { read += piece.count } }
    #expect(failure?.kind == .invalid)
    #expect(read < bytes.count)
  }

  @Test("who stops reading in the middle waits for nobody")
  func stopped() throws {
    for _ in 0..<50 { _ = try feed(bytes, as: .of(bytes)).next() }
  }
}
