import CommandLine
import Image
import System
import Transfer

extension ListedImage.Content {
  /// Reads the configurations of an image; `absent` are blobs that its source lacks.
  init(
    of entry: Descriptor, _ graph: ImageGraph, in source: any ImageSource, absent: Set<Digest>
  ) throws(Failure) {
    let listed = graph.manifests.filter { !$0.descriptor.isAttestation }
    var variants: [ListedImage.Variant] = []
    var configs: [ImageConfig?] = []
    for (descriptor, manifest) in listed {
      let config = try source.config(of: manifest)
      configs.append(config)
      variants.append(ListedImage.Variant(descriptor, manifest, config))
    }
    var size = graph.documents.reduce(UInt64(0)) { $0.saturatingAdd($1.descriptor.size) }
    for blob in graph.blobs where !absent.contains(blob.digest) { size = size.saturatingAdd(blob.size) }
    let here = Self.variantForThisMachine(listed.map(\.descriptor))
    let config = here.flatMap { configs[$0] }
    self.init(
      id: entry.mediaType.isIndex ? entry.digest : variants.first?.id ?? entry.digest, size: size,
      created: here.flatMap { date(of: listed[$0].manifest, config) }, labels: config?.config.labels ?? [:],
      variants: variants)
  }

  /// Which one speaks for all: that for this machine, else the first.
  private static func variantForThisMachine(_ descriptors: [Descriptor]) -> Int? {
    let best = Platform.host.bestMatch(among: descriptors)
    return descriptors.firstIndex { $0.digest == best?.digest } ?? (descriptors.isEmpty ? nil : 0)
  }
}

/// When the image was built; dates before 1970, and its first moment, only say that nobody knows.
private func date(of manifest: Manifest, _ config: ImageConfig?) -> Timestamp? {
  let text = config?.created ?? manifest.annotations["org.opencontainers.image.created"]
  guard let date = text.flatMap(Timestamp.init(rfc3339:)), date.seconds > 0 else { return nil }
  return date
}

extension ListedImage.Variant {
  fileprivate init(_ descriptor: Descriptor, _ manifest: Manifest, _ config: ImageConfig?) {
    // The configuration of what is no image is often the same two bytes.
    self.init(
      digest: descriptor.digest, id: config == nil ? descriptor.digest : manifest.config.digest,
      platform: config?.platform ?? descriptor.platform, layers: manifest.layers)
  }
}

extension ImageSource {
  /// The configuration of an image; nil of what is none.
  fileprivate func config(of manifest: Manifest) throws(Failure) -> ImageConfig? {
    guard manifest.config.mediaType.isConfig else { return nil }
    do { return try ImageConfig(raw: document(manifest.config)) } catch {
      throw error.subject.isEmpty ? error.about(manifest.config.digest.description) : error
    }
  }
}

extension UInt64 {
  /// The sum, or the largest number: sizes are a stranger's.
  fileprivate func saturatingAdd(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
