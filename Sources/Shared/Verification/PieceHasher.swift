import Image
import System

/// Hashes pieces where they are read, or on another core where that pays and the pieces stay valid long enough.
final class PieceHasher {
  private enum Place {
    case here(BoxedHasher)
    case beside(HashingThread)
  }

  private let place: Place

  /// Blobs at least this large are hashed on another core.
  private static let worthAThread: UInt64 = 1 << 20
  /// Pieces beyond which lagging behind gains nothing.
  private static let mostLag = 16

  /// A hasher of about `size` bytes, in pieces that stay where they are for `retainedCalls` further ones.
  init(_ algorithm: Digest.Algorithm, size: UInt64, retainedCalls: Int) throws(Failure) {
    if retainedCalls > 1, size >= Self.worthAThread {
      place = .beside(try HashingThread(algorithm, lag: min(retainedCalls, Self.mostLag)))
    } else {
      place = .here(BoxedHasher(algorithm))
    }
  }

  /// Takes in `bytes`.
  func update(_ bytes: UnsafeRawBufferPointer) {
    switch place {
    case .here(let box): box.hasher.update(bytes)
    case .beside(let thread): thread.update(bytes)
    }
  }

  /// The digest of all that was taken in.
  func finish() -> Digest {
    switch place {
    case .here(let box): box.finish()
    case .beside(let thread): thread.finish()
    }
  }

  /// Lets go of all pieces; to be called before their reader goes.
  func stop() {
    if case .beside(let thread) = place { thread.stop() }
  }
}

/// A hasher that a class can hold.
private final class BoxedHasher {
  var hasher: ContentHasher

  init(_ algorithm: Digest.Algorithm) {
    hasher = ContentHasher(algorithm)
  }

  func finish() -> Digest {
    var last = ContentHasher(.sha256)
    swap(&last, &hasher)
    return last.finish()
  }
}
