import Image
import System

extension ConvertedSource {
  /// What is rewritten.
  public struct Conversion: Sendable {
    /// Whose media types documents are to have.
    public enum Family: Sendable {
      /// As they are.
      case own
      /// Those of the image-spec.
      case oci
      /// Docker's, schema 2.
      case docker
    }

    /// A layer that was packed before, by another process.
    public struct Packed: Sendable, Hashable {
      /// The digest of the packed bytes.
      public var digest: Digest
      /// Their number.
      public var size: UInt64

      /// Packed bytes.
      public init(digest: Digest, size: UInt64) {
        self.digest = digest
        self.size = size
      }
    }

    /// Whose media types documents are to have.
    public var family: Family
    /// How layers are to be packed; nil: as they are.
    public var packing: LayerPacking?
    /// Whether only plain layers are packed.
    public var packsPlainOnly = false
    /// What a layer becomes, where the packed bytes need not be made: the destination has them.
    public var recall: @Sendable (Descriptor, LayerPacking) throws(Failure) -> Packed? = { _, _ in nil }
    /// Told what a layer has become.
    public var learned: @Sendable (Descriptor, LayerPacking, Packed) -> Void = { _, _, _ in }

    /// Whether there is anything to do.
    public var changesAnything: Bool { family != .own || packing != nil }

    /// A conversion.
    public init(family: Family = .own, packing: LayerPacking? = nil) {
      self.family = family
      self.packing = packing
    }

    /// A conversion, to the image-spec's types if asked.
    public init(toOCI: Bool, packing: LayerPacking? = nil) {
      self.init(family: toOCI ? .oci : .own, packing: packing)
    }

    /// The type in the family; for Docker's, nil where there is none that its tools take.
    func type(_ old: MediaType) -> MediaType? {
      switch family {
      case .own: old
      case .oci: old.ociEquivalent
      case .docker: old.layerCompression == .zstd ? nil : old.dockerEquivalent
      }
    }

    /// How the layer is to be packed; nil where it stays as it is.
    func packing(of layer: Descriptor) -> LayerPacking? {
      guard let packing, let present = layer.mediaType.layerCompression, present != packing.compression,
        !layer.mediaType.isNondistributable, present == .none || !packsPlainOnly
      else { return nil }
      return packing
    }
  }
}
