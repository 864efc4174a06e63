import Image
import System

/// Bytes whose size and digest nobody has told: who has read them all is told.
public final class MeasuringReader {
  private let reader: any ByteReader
  private let hasher: PieceHasher
  /// The bytes given out so far.
  public private(set) var count: UInt64 = 0

  /// Reads `bytes`, of which there will be about `size`.
  public init(
    _ bytes: UnverifiedBytes, by algorithm: Digest.Algorithm = .sha256, expecting size: UInt64
  ) throws(Failure) {
    reader = bytes.reader
    hasher = try PieceHasher(algorithm, size: size, retainedCalls: bytes.reader.retainedCalls)
  }

  deinit { hasher.stop() }

  /// The next bytes, valid until the next call; nil once all were given out.
  public func next() throws(Failure) -> UnsafeRawBufferPointer? {
    guard let bytes = try reader.next() else {
      try reader.expectEnd()
      return nil
    }
    count += UInt64(bytes.count)
    hasher.update(bytes)
    return bytes
  }

  /// The digest of all the bytes, once `next()` has given nil.
  public func digest() -> Digest { hasher.finish() }
}
