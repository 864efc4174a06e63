import Archive
import Image
import System
import Verification

/// The tar of a layer: decompressed as its media type says, its stored bytes verified.
public final class PlainLayer {
  private let stored: VerifiedReader
  private let plain: Decompressor
  /// For how many further calls of `next()` the bytes of one call stay where they are; 0: only until the next.
  public let retainedCalls: Int

  /// Reads `layer` from `source`.
  ///
  /// - Parameter advanced: told how many stored bytes were read.
  /// - Throws: `invalid` where it is no layer; what the source throws.
  public init(
    _ layer: Descriptor, in source: any ImageSource, advanced: @escaping (Int) -> Void = { _ in }
  ) throws(Failure) {
    let name = layer.digest.description
    guard let compression = layer.mediaType.layerCompression else {
      throw Failure(.invalid, name, "\(layer.mediaType) is not a type of layer that is known")
    }
    let stored = try source.open(layer)
    self.stored = stored
    retainedCalls =
      compression == .none ? stored.retainedCalls : Decompressor.retainedCalls
    plain = Decompressor(compression.compression, name: name) { () throws(Failure) in
      guard let piece = try stored.next() else { return nil }
      advanced(piece.count)
      return piece
    }
  }

  /// The next bytes of the tar; nil once all were given out and the stored ones are right.
  public func next() throws(Failure) -> UnsafeRawBufferPointer? {
    do { return try plain.next() } catch {
      // That the bytes are others than they should be says more than what they do to a decompressor.
      while try stored.next() != nil {}
      throw error
    }
  }
}
