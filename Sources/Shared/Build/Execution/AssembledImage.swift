import Image
import Layout
import System
import Transfer
import Verification

/// An image that was put together here: its documents are in memory, its layers wherever they are.
public final class AssembledImage: ImageSource {
  /// Its manifest.
  public let entry: Descriptor
  /// The digest of its configuration: the image ID.
  public let id: Digest
  /// The size of its configuration, bytes.
  let configSize: UInt64
  private let documents: [Digest: [UInt8]]
  private let layers: [Digest: any ImageSource]

  /// The image of `configuration` and `layers`, the base first.
  convenience init(
    _ configuration: ImageConfiguration, _ layers: [BuiltLayer], annotations: [String: String] = [:]
  ) {
    self.init(
      config: configuration.encoded, .imageConfig, layers.map { ($0.blob.plain, $0.source) }, annotations)
  }

  /// The image of a configuration of any type, and blobs.
  init(
    config: [UInt8], _ type: MediaType, _ layers: [(blob: Descriptor, source: any ImageSource)],
    _ annotations: [String: String] = [:]
  ) {
    let configDescriptor = Descriptor(mediaType: type, digest: .of(config), size: UInt64(config.count))
    let manifest = Manifest(
      config: configDescriptor, layers: layers.map(\.blob), annotations: annotations,
      artifactType: type == .imageConfig ? nil : type)
    entry = Descriptor(
      mediaType: .imageManifest, digest: .of(manifest.raw), size: UInt64(manifest.raw.count))
    id = configDescriptor.digest
    configSize = configDescriptor.size
    documents = [entry.digest: manifest.raw, id: config]
    var sources: [Digest: any ImageSource] = [:]
    for layer in layers { sources[layer.blob.digest] = layer.source }
    self.layers = sources
  }

  /// Layers are read by several threads where all their places allow it.
  public var isParallel: Bool { layers.values.allSatisfy { $0.isParallel } }

  /// Brings the documents into a layout that has the layers, or will.
  func storeDocuments(in layout: LayoutDirectory) throws(Failure) {
    for (digest, bytes) in documents {
      // The type is no matter to who stores it.
      let blob = Descriptor(mediaType: entry.mediaType, digest: digest, size: UInt64(bytes.count))
      if !layout.contains(blob) { try layout.store(bytes, blob) }
    }
  }

  /// The bytes of a document or a layer.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    if let document = documents[descriptor.digest] {
      return UnverifiedBytes(MemoryReader(Array(document.dropFirst(Int(clamping: offset)))))
    }
    guard let source = layers[descriptor.digest] else {
      throw Failure(.notFound, descriptor.digest.description, "not a part of the image")
    }
    return try source.bytes(of: descriptor, from: offset)
  }
}

extension Descriptor {
  /// As a layer of an OCI manifest: the media type of the image-spec; what a builder needs to know is no part of it.
  fileprivate var plain: Descriptor {
    var descriptor = self
    descriptor.mediaType = mediaType.ociEquivalent
    return descriptor
  }
}
