import Image
import Layer
import System
import Transfer

/// The image of an operand while it is read: in the order of a stream, only what is asked for.
public struct Inspected {
  private let carrier: Carrier
  private let entry: Descriptor
  private let platform: Platform
  private let whole: Bool

  /// The image of `entry`, for `platform` where it is an index; for this machine's where none is given.
  ///
  /// - Parameter whole: whether all its blobs are verified, not only those asked for.
  public init(_ carrier: Carrier, _ entry: Descriptor, platform: Platform?, whole: Bool) {
    self.carrier = carrier
    self.entry = entry
    self.platform = platform ?? .host
    self.whole = whole
  }

  /// The bytes of the index or manifest that the entry is, or of the platform's manifest.
  public func document(ofPlatform: Bool) throws(Failure) -> [UInt8] {
    let graph = try graph()
    let digest = ofPlatform ? try chosen(in: graph).digest : entry.digest
    _ = try read(graph)
    guard let document = graph.documents.first(where: { $0.descriptor.digest == digest }) else {
      throw Failure(.notFound, digest.description, "is missing")
    }
    return document.bytes
  }

  /// All that is to be said of the image without its files.
  public func image() throws(Failure) -> InspectedImage {
    let graph = try graph()
    let manifest = try manifest(in: graph)
    return try image(manifest, graph, config: try read(graph, config: manifest.manifest.config))
  }

  /// The same, and the files that its layers make together.
  public func files() throws(Failure) -> (InspectedImage, LayerTree) {
    let graph = try graph()
    let manifest = try manifest(in: graph)
    let merge = LayerMerge(manifest.manifest.layers, in: carrier.source)
    let config = try read(graph, config: manifest.manifest.config, merge)
    return (try image(manifest, graph, config: config), try merge.finish())
  }

  private func graph() throws(Failure) -> ImageGraph {
    try ImageGraph(entry, in: carrier.source, incomplete: true)
  }

  private typealias ChosenManifest = (descriptor: Descriptor, manifest: Manifest)

  private func manifest(in graph: ImageGraph) throws(Failure) -> ChosenManifest {
    let descriptor = try chosen(in: graph)
    guard let manifest = graph.manifests.first(where: { $0.descriptor.digest == descriptor.digest }) else {
      throw Failure(.notFound, descriptor.digest.description, "is missing")
    }
    return manifest
  }

  /// The manifest for the platform.
  private func chosen(in graph: ImageGraph) throws(Failure) -> Descriptor {
    guard entry.mediaType.isIndex else { return entry }
    let present = graph.manifests.map(\.descriptor)
    if let best = platform.bestMatch(among: present) { return best }
    let others = present.filter { !$0.isAttestation }.compactMap { $0.platform?.description }
    throw Failure(
      .notFound, "",
      others.isEmpty
        ? "no image for \(platform)" : "no image for \(platform); there is \(others.joined(separator: ", "))")
  }

  private func image(
    _ chosen: ChosenManifest, _ graph: ImageGraph, config: [UInt8]?
  ) throws(Failure) -> InspectedImage {
    guard let config else {
      throw Failure(.notFound, chosen.manifest.config.digest.description, "the configuration is missing")
    }
    let entries = carrier.index.manifests.filter { $0.digest == entry.digest }
    return try InspectedImage(
      entry: entry, names: entries.compactMap(\.shortName), descriptor: chosen.descriptor,
      manifest: chosen.manifest, configBytes: config)
  }

  /// Reads what is asked for, in the order in which a stream has it; the bytes of `config`.
  private func read(
    _ graph: ImageGraph, config: Descriptor? = nil, _ merge: LayerMerge? = nil
  ) throws(Failure) -> [UInt8]? {
    let absent = Set(carrier.index.absentBlobs)
    var bytes: [UInt8]?
    for blob in graph.blobs {
      if blob.digest == config?.digest {
        bytes = try carrier.source.document(blob)
      } else if let merge, merge.wants(blob) {
        try merge.read(blob)
      } else if whole, !absent.contains(blob.digest) {
        let reader = try carrier.source.open(blob)
        while try reader.next() != nil {}
      }
    }
    try carrier.source.finish([CopiedImage(entry: entry, graph: graph)])
    return bytes
  }
}
