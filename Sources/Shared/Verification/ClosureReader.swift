import System

/// The pieces that a closure gives, each valid until the next.
public final class ClosureReader: ByteReader {
  private let give: () throws(Failure) -> UnsafeRawBufferPointer?

  /// Gives what `give` gives, until nil.
  public init(_ give: @escaping () throws(Failure) -> UnsafeRawBufferPointer?) { self.give = give }

  /// The next piece.
  public func next() throws(Failure) -> UnsafeRawBufferPointer? { try give() }

  /// Nothing surrounds the pieces.
  public func expectEnd() throws(Failure) {}
}
