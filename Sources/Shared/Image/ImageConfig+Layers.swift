import System

extension ImageConfig {
  /// Checks that this configuration and `manifest` speak of the same layers, as far as can be told without reading any.
  ///
  /// - Throws: `invalid` where their numbers differ, or the digest of a plain layer is not its diffID.
  public func check(layersOf manifest: Manifest) throws(Failure) {
    guard diffIDs.count == manifest.layers.count else {
      throw Failure(
        .invalid, "",
        "the configuration lists \(diffIDs.count) layers, the manifest \(manifest.layers.count)")
    }
    for (layer, diffID) in zip(manifest.layers, diffIDs)
    where layer.mediaType.layerCompression == LayerCompression.none
      && layer.digest.algorithm == diffID.digest.algorithm && layer.digest != diffID.digest
    {
      throw Failure(.invalid, "", "the configuration calls layer \(layer.digest) \(diffID)")
    }
  }
}
