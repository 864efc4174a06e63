import Image
import System

/// The one copy: everything that images reach, from their sources to a destination, each blob once.
public struct ImageCopy {
  /// What becomes of blobs that do not come: the source lacks them by its own word, or they are left out.
  public struct Absence: Sendable {
    /// Which blobs stay behind unless the destination has them; only for items whose graph is known.
    var leavesOut: @Sendable (Descriptor) -> Bool
    /// Whether only layers that are not to be distributed may be absent in the end.
    var isRefused: Bool

    /// Whatever the source lacks is absent in the destination too, and listed there (`org.ociutils.absent`).
    public static let listed = leaving { _ in false }
    /// What the source lacks, the destination must have: a thin archive gets its layers.
    public static let refused = Absence(leavesOut: { _ in false }, isRefused: true)
    /// The same, while layers that are not to be distributed stay behind.
    public static let distributable = Absence(leavesOut: \.isForeign, isRefused: true)

    /// Blobs for which `leavesOut` holds stay behind, and are listed.
    public static func leaving(_ leavesOut: @escaping @Sendable (Descriptor) -> Bool) -> Absence {
      Absence(leavesOut: leavesOut, isRefused: false)
    }
  }

  private let destination: any ImageDestination
  private let observer: (any TransferObserver)?
  private let absence: Absence

  /// A copy to `destination`.
  public init(
    to destination: any ImageDestination, observer: (any TransferObserver)? = nil, absence: Absence = .listed
  ) {
    self.destination = destination
    self.observer = observer
    self.absence = absence
  }

  /// What is to be copied.
  public struct Item {
    /// How the image will stand in `index.json`.
    public var entry: Descriptor
    /// Where it is read.
    public let source: any ImageSource
    /// What the user calls it, or the place it comes from; the subject of what is wrong with its blobs.
    public let name: String
    /// What the source says it lacks.
    public let absent: [Digest]
    /// What it reaches; read when its turn comes where it is nil.
    public var graph: ImageGraph?

    /// An image to be copied.
    public init(
      _ entry: Descriptor, from source: any ImageSource, called name: String, absent: [Digest] = [],
      graph: ImageGraph? = nil
    ) {
      self.entry = entry
      self.source = source
      self.name = name
      self.absent = absent
      self.graph = graph
    }
  }

  /// Copies `items`; what the destination shows afterwards are these images, in order.
  public func run(_ items: [Item]) throws(Failure) {
    let absent = try absentBlobs(of: items)
    try destination.begin(items.map(\.entry), absent: absent)
    do throws(Failure) {
      let images = try move(items, without: Set(absent))
      let read = Dictionary(grouping: items.indices) { ObjectIdentifier(items[$0].source) }
      for (index, item) in items.enumerated() {
        guard let places = read[ObjectIdentifier(item.source)], places[0] == index else { continue }
        try item.source.finish(places.map { images[$0] })
      }
      try destination.finish(images, absent: absent)
    } catch {
      destination.abandon()
      // What several threads do fails when all is waited for: it is not known which of several images it was of.
      if items.allSatisfy({ $0.name == items[0].name }) { throw error.aboutBlob(of: items[0].name) }
      throw error
    }
  }

  /// What stays behind: what a source lacks by its own word, and what the caller leaves out.
  private func absentBlobs(of items: [Item]) throws(Failure) -> [Digest] {
    var absent: [Digest] = []
    var listed: Set<Digest> = []
    var lacking: [ObjectIdentifier: Set<Digest>] = [:]
    for item in items {
      let source = ObjectIdentifier(item.source)
      let isFirst = lacking[source] == nil
      if isFirst { lacking[source] = Set(item.absent) }
      guard let graph = item.graph else {
        if isFirst { absent += item.absent.filter { listed.insert($0).inserted } }
        continue
      }
      for blob in graph.blobs
      where lacking[source]?.contains(blob.digest) ?? false || absence.leavesOut(blob) {
        if listed.contains(blob.digest) { continue }
        if try !destination.has(blob), listed.insert(blob.digest).inserted { absent.append(blob.digest) }
      }
    }
    return absent
  }

  /// The most bytes of manifests in one copy: they are held until its end; honest images have a few kilobytes.
  private static let documentsLimit = 64 << 20

  private func move(_ items: [Item], without absent: Set<Digest>) throws(Failure) -> [CopiedImage] {
    var seen: Set<Digest> = []
    var images: [CopiedImage] = []
    var count = 0
    for item in items {
      do throws(Failure) {
        let image = try move(item, without: absent, &seen)
        count += image.graph.documents.reduce(0) { $0 + $1.bytes.count }
        guard count <= Self.documentsLimit else {
          throw Failure(.invalid, "", "more than \(Self.documentsLimit >> 20) MiB of manifests in all images")
        }
        images.append(image)
      } catch { throw error.aboutBlob(of: item.name) }
    }
    return images
  }

  private func move(
    _ item: Item, without absent: Set<Digest>, _ seen: inout Set<Digest>
  ) throws(Failure) -> CopiedImage {
    let graph: ImageGraph
    if let known = item.graph {
      graph = known
    } else {
      graph = try ImageGraph(item.entry, in: item.source, incomplete: true)
    }
    try move(graph, from: item.source, without: absent, &seen)
    return CopiedImage(entry: item.entry, graph: graph)
  }

  private func move(
    _ graph: ImageGraph, from source: any ImageSource, without absent: Set<Digest>, _ seen: inout Set<Digest>
  ) throws(Failure) {
    var documents: [ImageGraph.Document] = []
    for document in graph.documents where seen.insert(document.descriptor.digest).inserted {
      if try !destination.has(document.descriptor) { documents.append(document) }
    }
    // A manifest that is new must agree with its config, whether that is new or not.
    let new = Set(documents.map(\.descriptor.digest))
    let named = Set(
      graph.manifests.filter { new.contains($0.descriptor.digest) }.map(\.manifest.config.digest))
    var configs: [(config: Descriptor, isNew: Bool)] = []
    for config in graph.configs where !absent.contains(config.digest) {
      var isNew = seen.insert(config.digest).inserted
      if isNew, try destination.has(config) { isNew = false }
      if isNew || named.contains(config.digest) { configs.append((config, isNew)) }
    }
    let layers = try missingLayers(graph, without: absent, &seen)
    if destination.isSequential {
      source.announce(configs.map(\.config) + layers)
      for document in documents { try destination.put(document.descriptor, document: document.bytes) }
    }
    // Where layers come several at once, nobody waits for a config; a stream has the configs first.
    let layersFirst = source.isParallel && !destination.isSequential
    if layersFirst { for layer in layers { try destination.put(layer, from: source) } }
    for (config, isNew) in configs { try move(config, isNew: isNew, of: graph, from: source) }
    if !destination.isSequential {
      // Once its config was checked: what is there is not checked again.
      for document in documents { try destination.put(document.descriptor, document: document.bytes) }
    }
    if !layersFirst { for layer in layers { try destination.put(layer, from: source) } }
  }

  private func missingLayers(
    _ graph: ImageGraph, without absent: Set<Digest>, _ seen: inout Set<Digest>
  ) throws(Failure) -> [Descriptor] {
    var missing: [Descriptor] = []
    for layer in graph.layers where seen.insert(layer.digest).inserted {
      if try destination.has(layer) {
        observer?.present(layer)
      } else if !absent.contains(layer.digest) {
        observer?.expects(layer)
        missing.append(layer)
      } else if absence.isRefused, !layer.isForeign {
        throw Failure(.notFound, "", "layer \(layer.digest) is absent, and not there where the image goes to")
      }
    }
    return missing
  }

  /// Moves a config that is new; new or not, it must agree with the layers of its manifests.
  private func move(
    _ config: Descriptor, isNew: Bool, of graph: ImageGraph, from source: any ImageSource
  ) throws(Failure) {
    let manifests = graph.manifests.map(\.manifest).filter { $0.config.digest == config.digest && $0.isImage }
    guard !manifests.isEmpty, config.size <= documentLimit else {
      if isNew { try destination.put(config, from: source) }
      return
    }
    let bytes = try source.document(config)
    for manifest in manifests {
      try named("config \(config.digest)") { () throws(Failure) in
        try ImageConfig(raw: bytes).check(layersOf: manifest)
      }
    }
    if isNew { try destination.put(config, document: bytes) }
  }
}

extension Failure {
  /// The same failure with the name of the image, where it only speaks of a blob.
  fileprivate func aboutBlob(of name: String) -> Failure {
    subject.isEmpty || Digest(subject) != nil || subject.hasPrefix("config sha") ? about(name) : self
  }
}

extension Manifest {
  /// Whether it is of an image that can be unpacked; else its config need not speak of layers.
  fileprivate var isImage: Bool {
    config.mediaType != .empty && artifactType == nil && !layers.isEmpty
      && layers.allSatisfy(\.mediaType.isLayer)
  }
}

extension Descriptor {
  /// A layer that is had from elsewhere, or only by those who may have it.
  public var isForeign: Bool { mediaType.isNondistributable || !urls.isEmpty }
}
