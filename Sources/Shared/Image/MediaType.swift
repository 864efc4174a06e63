/// The media type of a blob (image-spec, media-types.md; RFC 6838), as it stood.
public struct MediaType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The type as it stood.
  public let rawValue: String

  /// The type named `rawValue`.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The type as it stood.
  public var description: String { rawValue }
}

extension MediaType {
  private static func oci(_ rest: String) -> MediaType {
    MediaType(rawValue: "application/vnd.oci." + rest)
  }

  private static func docker(_ rest: String) -> MediaType {
    MediaType(rawValue: "application/vnd.docker." + rest)
  }

  /// An image's manifest.
  public static let imageManifest = oci("image.manifest.v1+json")
  /// Manifests of several platforms, or of several images.
  public static let imageIndex = oci("image.index.v1+json")
  /// An image's configuration.
  public static let imageConfig = oci("image.config.v1+json")
  /// A layer, not compressed.
  public static let layer = oci("image.layer.v1.tar")
  /// A layer in gzip.
  public static let layerGzip = oci("image.layer.v1.tar+gzip")
  /// A layer in zstd.
  public static let layerZstd = oci("image.layer.v1.tar+zstd")
  /// A layer whose distribution is restricted, not compressed (deprecated by image-spec 1.1).
  public static let nondistributableLayer = oci("image.layer.nondistributable.v1.tar")
  /// A layer whose distribution is restricted, in gzip.
  public static let nondistributableLayerGzip = oci("image.layer.nondistributable.v1.tar+gzip")
  /// A layer whose distribution is restricted, in zstd.
  public static let nondistributableLayerZstd = oci("image.layer.nondistributable.v1.tar+zstd")
  /// The two bytes `{}`, where a manifest has nothing to say.
  public static let empty = oci("empty.v1+json")
  /// The marker file `oci-layout` of a layout.
  public static let layoutHeader = oci("layout.header.v1+json")

  /// Docker's manifest, schema 2.
  public static let dockerManifest = docker("distribution.manifest.v2+json")
  /// Docker's list of manifests for several platforms.
  public static let dockerManifestList = docker("distribution.manifest.list.v2+json")
  /// Docker's configuration.
  public static let dockerConfig = docker("container.image.v1+json")
  /// Docker's layer, not compressed.
  public static let dockerLayer = docker("image.rootfs.diff.tar")
  /// Docker's layer in gzip.
  public static let dockerLayerGzip = docker("image.rootfs.diff.tar.gzip")
  /// A layer in zstd as BuildKit puts it into Docker's manifests.
  public static let dockerLayerZstd = docker("image.rootfs.diff.tar.zstd")
  /// Docker's layer whose distribution is restricted, not compressed.
  public static let dockerForeignLayer = docker("image.rootfs.foreign.diff.tar")
  /// Docker's layer whose distribution is restricted, in gzip.
  public static let dockerForeignLayerGzip = docker("image.rootfs.foreign.diff.tar.gzip")
  /// Docker's manifest of 2015, schema 1; never read, only named in an error.
  public static let dockerManifestSchema1 = docker("distribution.manifest.v1+json")
  /// The same with signatures.
  public static let dockerManifestSchema1Signed = docker("distribution.manifest.v1+prettyjws")
}

extension MediaType {
  /// Docker's types and their counterparts in the image-spec.
  private static let counterparts: [MediaType: MediaType] = [
    .dockerManifest: .imageManifest, .dockerManifestList: .imageIndex, .dockerConfig: .imageConfig,
    .dockerLayer: .layer, .dockerLayerGzip: .layerGzip, .dockerLayerZstd: .layerZstd,
    .dockerForeignLayer: .nondistributableLayer, .dockerForeignLayerGzip: .nondistributableLayerGzip,
  ]

  /// How each layer type is compressed; a list, since most commands look for one of the first, once.
  private static let layers: [(type: MediaType, compression: LayerCompression)] = [
    (.layerGzip, .gzip), (.dockerLayerGzip, .gzip), (.layer, .none), (.layerZstd, .zstd),
    (.dockerLayer, .none), (.dockerLayerZstd, .zstd), (.nondistributableLayer, .none),
    (.nondistributableLayerGzip, .gzip), (.nondistributableLayerZstd, .zstd), (.dockerForeignLayer, .none),
    (.dockerForeignLayerGzip, .gzip),
  ]

  /// An index or Docker's list.
  public var isIndex: Bool { self == .imageIndex || self == .dockerManifestList }
  /// A manifest of one image.
  public var isManifest: Bool { self == .imageManifest || self == .dockerManifest }
  /// A manifest that only Docker of 2015 understood.
  public var isSchema1: Bool { self == .dockerManifestSchema1 || self == .dockerManifestSchema1Signed }
  /// An image's configuration.
  public var isConfig: Bool { self == .imageConfig || self == .dockerConfig }
  /// A layer that can be unpacked.
  public var isLayer: Bool { layerCompression != nil }
  /// A layer that stays where its `urls` point to unless asked for.
  public var isNondistributable: Bool {
    rawValue.hasPrefix("application/vnd.oci.image.layer.nondistributable.")
      || self == .dockerForeignLayer || self == .dockerForeignLayerGzip
  }
  /// One of Docker's types.
  public var isDocker: Bool { rawValue.hasPrefix("application/vnd.docker.") }

  /// How a layer is compressed; nil where it is no layer.
  public var layerCompression: LayerCompression? {
    Self.layers.first { $0.type == self }?.compression
  }

  /// The image-spec's type for what this is; itself, where it has no other.
  public var ociEquivalent: MediaType { Self.counterparts[self] ?? self }

  /// Docker's type for what this is; nil where Docker has none.
  public var dockerEquivalent: MediaType? {
    isDocker ? self : Self.counterparts.first { $0.value == self }?.key
  }

  /// The type of this layer when compressed otherwise, in the family (OCI, Docker, restricted) it is of.
  ///
  /// Nil for what is no layer, and where the family has no such type.
  public func compressed(_ compression: LayerCompression) -> MediaType? {
    guard isLayer else { return nil }
    return Self.layers.first {
      $0.compression == compression && $0.type.isDocker == isDocker
        && $0.type.isNondistributable == isNondistributable
    }?.type
  }
}

/// How a layer's tar is compressed, by its media type.
public enum LayerCompression: Sendable, CaseIterable {
  case none
  case gzip
  case zstd
}

extension MediaType {
  /// Whether it is in the grammar of media types: `type/subtype`, each at most 127 characters (RFC 6838, 4.2).
  var isWellFormed: Bool {
    let parts = rawValue.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        (1...127).contains(part.count) && part.first.map(ASCII.isAlphanumeric) == true
          && part.allSatisfy { ASCII.isAlphanumeric($0) || Self.marks.contains($0) }
      }
  }

  private static let marks = Array("!#$&^_.+-".utf8)
}
