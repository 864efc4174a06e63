import Image
import Verification

extension LayerID {
  /// The layer whose plain tar has `diffID`, on top of `below` and what is below that; nil: it is the base.
  public init(_ diffID: DiffID, on below: LayerID?) {
    let chainID = below.map { Digest.of(Array("\($0.chainID) \(diffID)".utf8)) } ?? diffID.digest
    self.init(diffID: diffID, chainID: chainID)
  }

  /// The layers of an image, the base first: each with the digest of the chain that ends with it (image-spec,
  /// config.md, Layer ChainID).
  public static func chain(of diffIDs: [DiffID]) -> [LayerID] {
    var below: LayerID?
    return diffIDs.map { diffID in
      let id = LayerID(diffID, on: below)
      below = id
      return id
    }
  }
}
