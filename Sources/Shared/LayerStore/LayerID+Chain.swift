import Image
import Verification

extension LayerID {
  /// The layers of an image, the base first: each with the digest of the chain that ends with it (image-spec,
  /// config.md, Layer ChainID).
  public static func chain(of diffIDs: [DiffID]) -> [LayerID] {
    var below: Digest?
    return diffIDs.map { diffID in
      let chainID = below.map { Digest.of(Array("\($0) \(diffID)".utf8)) } ?? diffID.digest
      below = chainID
      return LayerID(diffID: diffID, chainID: chainID)
    }
  }
}
