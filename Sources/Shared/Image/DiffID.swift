/// The digest of a layer's tar before compression (image-spec, config.md, Layer DiffID).
///
/// A type of its own: it never names stored bytes.
public struct DiffID: Hashable, Sendable, CustomStringConvertible {
  /// The digest of the plain tar.
  public let digest: Digest

  /// The layer whose plain tar has `digest`.
  public init(_ digest: Digest) { self.digest = digest }

  /// `ALGORITHM:HEX`.
  public var description: String { digest.description }
}
