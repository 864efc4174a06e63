import System

/// Bytes as they come from an end, in order.
public protocol ByteReader: AnyObject {
  /// For how many further calls of `next()` the bytes of one call stay where they are; 0: only until the next.
  var retainedCalls: Int { get }

  /// The next bytes, at least one; nil at the end.
  func next() throws(Failure) -> UnsafeRawBufferPointer?

  /// Makes sure that nothing follows, without touching the bytes that the last `next()` gave.
  ///
  /// - Throws: `invalid` where more bytes follow, or where what surrounds them is broken.
  func expectEnd() throws(Failure)
}

extension ByteReader {
  /// Only until the next call.
  public var retainedCalls: Int { 0 }
}

/// Bytes that nobody has verified yet: an end makes them, only `VerifiedReader` can read them.
public struct UnverifiedBytes {
  let reader: any ByteReader

  /// The bytes that `reader` gives.
  public init(_ reader: any ByteReader) { self.reader = reader }
}
