import Image

/// Which layer it is: by itself, and on top of those below it.
public struct LayerID: Hashable, Sendable {
  /// The digest of its plain tar.
  public let diffID: DiffID
  /// The digest of it and all below (image-spec, config.md, Layer ChainID).
  public let chainID: Digest

  /// A layer in its place.
  public init(diffID: DiffID, chainID: Digest) {
    self.diffID = diffID
    self.chainID = chainID
  }
}
