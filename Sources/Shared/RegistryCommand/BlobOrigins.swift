import Image
import Registry
import System
import Transfer

/// Where blobs may be had without sending them, and what plain layers have become: asked for by any thread.
final class BlobOrigins: Sendable {
  /// Names of the carrier that are looked through for blobs to be mounted.
  private static let mostEntries = 64

  private let source: any ImageSource
  private let entries: [Descriptor]
  private let notebook: Notebook?
  /// Repositories by host and blob, as far as this process knows.
  private let here = Monitor<[String: String]>([:])
  /// The same by the carrier's names, once they were looked through.
  private let named = Monitor<[String: [Digest: String]]>([:])

  /// What `carrier` names, and what `notebook` remembers.
  init(_ carrier: Carrier, _ notebook: Notebook?) {
    source = carrier.source
    entries = carrier.index.manifests
    self.notebook = notebook
  }

  /// The memory of the repository of `reference`.
  func memory(of reference: Reference) -> RegistryDestination.Memory {
    RegistryDestination.Memory(
      source: { self.repository(with: $0, beside: reference) },
      arrived: { digest in
        let key = "blob \(reference.domain) \(digest)"
        self.here.update { $0[key] = reference.path }
        self.notebook?.remember(key, reference.path)
      })
  }

  private func repository(with blob: Digest, beside reference: Reference) -> String? {
    let key = "blob \(reference.domain) \(blob)"
    let known = here.update { $0[key] } ?? notebook?.value(key)
    if let known, known != reference.path { return known }
    return named.update { named in
      if named[reference.domain] == nil { named[reference.domain] = repositories(beside: reference) }
      return named[reference.domain]?[blob]
    }
  }

  /// The repositories of the same host that the carrier has images of, by blob.
  private func repositories(beside reference: Reference) -> [Digest: String] {
    // A stream does not come again.
    guard source.isParallel else { return [:] }
    var found: [Digest: String] = [:]
    let others = entries.lazy.compactMap { entry in entry.reference.map { (entry, $0) } }
      .filter { $1.domain == reference.domain && $1.path != reference.path }
    for (entry, name) in others.prefix(Self.mostEntries) {
      guard let graph = try? ImageGraph(entry, in: source, incomplete: true) else { continue }
      for blob in graph.blobs where found[blob.digest] == nil { found[blob.digest] = name.path }
    }
    return found
  }

  /// What `layer` becomes in `packing`, if that was ever done on this machine.
  func packed(_ layer: Descriptor, _ packing: LayerPacking) -> ConvertedSource.Conversion.Packed? {
    guard let words = notebook?.value(Self.key(layer, packing))?.split(separator: " "), words.count == 2,
      let digest = Digest(words[0]), let size = UInt64(words[1])
    else { return nil }
    return ConvertedSource.Conversion.Packed(digest: digest, size: size)
  }

  /// Remembers what `layer` has become.
  @Sendable func learn(
    _ layer: Descriptor, _ packing: LayerPacking, _ packed: ConvertedSource.Conversion.Packed
  ) {
    notebook?.remember(Self.key(layer, packing), "\(packed.digest) \(packed.size)")
  }

  private static func key(_ layer: Descriptor, _ packing: LayerPacking) -> String {
    "packed \(layer.digest) \(packing.name)"
  }
}
