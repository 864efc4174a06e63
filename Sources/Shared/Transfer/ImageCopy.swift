import Image
import System

/// The one copy: everything that images reach, from their sources to a destination, each blob once.
public struct ImageCopy {
  private let destination: any ImageDestination
  private let observer: (any TransferObserver)?
  /// Blobs that stay behind and are listed as absent.
  private let leavesOut: (Descriptor) -> Bool

  /// A copy to `destination`.
  ///
  /// - Parameter leavesOut: which blobs stay behind unless the destination has them; listed in the annotation
  ///   `org.ociutils.absent`. Only for items whose graph is known.
  public init(
    to destination: any ImageDestination, observer: (any TransferObserver)? = nil,
    leavingOut leavesOut: @escaping (Descriptor) -> Bool = { _ in false }
  ) {
    self.destination = destination
    self.observer = observer
    self.leavesOut = leavesOut
  }

  /// What is to be copied.
  public struct Item {
    /// How the image will stand in `index.json`.
    public var entry: Descriptor
    /// Where it is read.
    public let source: any ImageSource
    /// What the source says it lacks.
    public let absent: [Digest]
    /// What it reaches; read when its turn comes where it is nil.
    public var graph: ImageGraph?

    /// An image to be copied.
    public init(
      _ entry: Descriptor, from source: any ImageSource, absent: [Digest] = [], graph: ImageGraph? = nil
    ) {
      self.entry = entry
      self.source = source
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
      for (index, item) in items.enumerated()
      where !items[..<index].contains(where: { $0.source === item.source }) {
        let read = zip(items, images).filter { $0.0.source === item.source }
        try item.source.finish(read.map(\.1))
      }
      try destination.finish(images, absent: absent)
    } catch {
      destination.abandon()
      throw error
    }
  }

  /// What stays behind: what a source lacks by its own word, and what the caller leaves out.
  private func absentBlobs(of items: [Item]) throws(Failure) -> [Digest] {
    var absent: [Digest] = []
    for item in items {
      let lacking = Set(item.absent)
      guard let graph = item.graph else {
        absent += item.absent.filter { !absent.contains($0) }
        continue
      }
      for blob in graph.blobs where lacking.contains(blob.digest) || leavesOut(blob) {
        if absent.contains(blob.digest) { continue }
        if try !destination.has(blob) { absent.append(blob.digest) }
      }
    }
    return absent
  }

  private func move(_ items: [Item], without absent: Set<Digest>) throws(Failure) -> [CopiedImage] {
    var seen: Set<Digest> = []
    var images: [CopiedImage] = []
    for item in items {
      let graph: ImageGraph
      if let known = item.graph {
        graph = known
      } else {
        graph = try ImageGraph(item.entry, in: item.source, incomplete: true)
      }
      try move(graph, from: item.source, without: absent, &seen)
      images.append(CopiedImage(entry: item.entry, graph: graph))
    }
    return images
  }

  private func move(
    _ graph: ImageGraph, from source: any ImageSource, without absent: Set<Digest>, _ seen: inout Set<Digest>
  ) throws(Failure) {
    for document in graph.documents where seen.insert(document.descriptor.digest).inserted {
      if try !destination.has(document.descriptor) {
        try destination.put(document.descriptor, document: document.bytes)
      }
    }
    var missing: [Descriptor] = []
    for blob in graph.blobs where seen.insert(blob.digest).inserted && !absent.contains(blob.digest) {
      if try destination.has(blob) {
        observer?.present(blob)
      } else {
        observer?.expects(blob)
        missing.append(blob)
      }
    }
    if destination.isSequential { source.announce(missing) }
    for blob in missing { try destination.put(blob, from: source) }
  }
}

extension Index {
  /// The blobs that images of this index reach and that are not there, by its own word (`org.ociutils.absent`).
  public var absentBlobs: [Digest] {
    (annotations[AnnotationKey.absent] ?? "").split(separator: " ").compactMap { Digest($0) }
  }

  /// Says which blobs are not there.
  mutating func setAbsentBlobs(_ digests: [Digest]) {
    annotate(
      AnnotationKey.absent, digests.isEmpty ? nil : digests.map(\.description).joined(separator: " "))
  }
}
