import System

/// Bytes that are in memory already, given in one piece.
public final class MemoryReader: ByteReader {
  /// The piece stays as long as the reader.
  public let retainedCalls = Int.max
  private let bytes: UnsafeMutableRawBufferPointer
  private var given = false

  /// Gives a copy of `bytes`.
  public init(_ bytes: some Collection<UInt8>) {
    self.bytes = .allocate(byteCount: bytes.count, alignment: 1)
    self.bytes.copyBytes(from: bytes)
  }

  deinit { bytes.deallocate() }

  /// All the bytes, once.
  public func next() -> UnsafeRawBufferPointer? {
    defer { given = true }
    return given || bytes.isEmpty ? nil : UnsafeRawBufferPointer(bytes)
  }

  /// Nothing follows what `next()` gave.
  public func expectEnd() throws(Failure) {
    guard given || bytes.isEmpty else { throw Failure(.invalid, "", "more bytes follow") }
  }
}
