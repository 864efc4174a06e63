import Image
import Layout
import System
import Verification

/// The reading end of a copy: a registry's repository, a layout, a stream, an archive.
public protocol ImageSource: AnyObject, Sendable {
  /// Whether several blobs may be read at once, by several threads; if not, one thread asks, in canonical order.
  var isParallel: Bool { get }

  /// Whether reading again costs more than time on this machine, so that what came of a broken copy is worth keeping.
  var isRemote: Bool { get }

  /// Says what will be read next, in this order, so that it can be fetched ahead.
  func announce(_ descriptors: [Descriptor])

  /// The bytes of a blob (or manifest: the media type tells), from `offset` on.
  ///
  /// - Throws: `notFound` where the source lacks it.
  func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes

  /// The blob, where it waits in the layout that it goes to.
  func staged(_ descriptor: Descriptor) throws(Failure) -> StagedBlob?

  /// Makes sure that what surrounds the blobs is whole too, once all of `images` were read.
  func finish(_ images: [CopiedImage]) throws(Failure)
}

extension ImageSource {
  /// It is on this machine.
  public var isRemote: Bool { false }

  /// Nothing is fetched ahead.
  public func announce(_ descriptors: [Descriptor]) {}

  /// Nothing waits anywhere.
  public func staged(_ descriptor: Descriptor) throws(Failure) -> StagedBlob? { nil }

  /// Nothing surrounds the blobs.
  public func finish(_ images: [CopiedImage]) throws(Failure) {}

  /// The verified bytes of a blob.
  public func open(_ descriptor: Descriptor) throws(Failure) -> VerifiedReader {
    try VerifiedReader(descriptor, bytes(of: descriptor, from: 0))
  }

  /// The verified bytes of a manifest, index or config.
  ///
  /// - Throws: `invalid` where it claims to be larger than `documentLimit`.
  public func document(_ descriptor: Descriptor) throws(Failure) -> [UInt8] {
    guard descriptor.size <= documentLimit else {
      throw Failure(
        .invalid, descriptor.digest.description,
        "\(descriptor.size) bytes are too many for a \(descriptor.mediaType.rawValue)")
    }
    return try open(descriptor).readAll()
  }
}

/// The largest manifest, index or config that is read into memory, bytes (what registries accept).
public let documentLimit: UInt64 = 4 << 20
