import Image
import System

/// All that an image's descriptor reaches, in canonical order, each digest once: documents, configs, layers.
///
/// Documents (indexes and manifests) are held in memory, up to `documentsLimit`; blobs are only named.
public struct ImageGraph: Sendable {
  /// An index or manifest with its bytes.
  public struct Document: Sendable {
    /// Its descriptor.
    public let descriptor: Descriptor
    /// Its verified bytes.
    public let bytes: [UInt8]
  }

  /// Indexes and manifests, the root first, depth first.
  public private(set) var documents: [Document] = []
  /// The manifests among the documents, decoded, with their descriptors.
  public private(set) var manifests: [(descriptor: Descriptor, manifest: Manifest)] = []
  /// The configs, in the order of their manifests.
  public private(set) var configs: [Descriptor] = []
  /// The layers, from the base up, in the order of their manifests.
  public private(set) var layers: [Descriptor] = []
  /// What an index lists and its source does not have (Docker saves indexes whose other platforms are absent).
  public private(set) var missing: [Descriptor] = []

  /// The most bytes of documents one image may have: honest ones have a few hundred kilobytes.
  static let documentsLimit: UInt64 = 16 << 20
  /// The deepest nesting of indexes.
  static let deepestNesting = 8

  private var seen: Set<Digest> = []
  private var total: UInt64 = 0

  /// Reads the documents that `root` reaches from `source`.
  ///
  /// - Parameter incomplete: whether manifests that an index lists may be missing.
  /// - Throws: `invalid` where a document is not what its descriptor says, or there are too many.
  public init(_ root: Descriptor, in source: any ImageSource, incomplete: Bool = false) throws(Failure) {
    try add(root, source, incomplete: incomplete, depth: 0)
  }

  /// Configs, then layers.
  public var blobs: [Descriptor] { configs + layers }

  private mutating func add(
    _ descriptor: Descriptor, _ source: any ImageSource, incomplete: Bool, depth: Int
  ) throws(Failure) {
    guard seen.insert(descriptor.digest).inserted else { return }
    let name = descriptor.digest.description
    guard depth <= Self.deepestNesting else { throw Failure(.invalid, name, "indexes are nested too deep") }
    total = total.addingReportingOverflow(min(descriptor.size, documentLimit)).partialValue
    guard total <= Self.documentsLimit else {
      throw Failure(.invalid, name, "more than \(Self.documentsLimit >> 20) MiB of manifests in one image")
    }
    let bytes: [UInt8]
    do { bytes = try source.document(descriptor) } catch {
      guard incomplete, depth > 0, error.kind == .notFound else { throw error }
      missing.append(descriptor)
      return
    }
    documents.append(Document(descriptor: descriptor, bytes: bytes))
    if descriptor.mediaType.isIndex {
      let index = try named(name) { () throws(Failure) in
        try Index(raw: bytes, mediaType: descriptor.mediaType)
      }
      for entry in index.manifests where entry.mediaType.isIndex || entry.mediaType.isManifest {
        try add(entry, source, incomplete: incomplete, depth: depth + 1)
      }
    } else {
      let manifest = try named(name) { () throws(Failure) in
        try Manifest(raw: bytes, mediaType: descriptor.mediaType)
      }
      add(manifest, of: descriptor)
    }
  }

  private mutating func add(_ manifest: Manifest, of descriptor: Descriptor) {
    manifests.append((descriptor, manifest))
    if seen.insert(manifest.config.digest).inserted { configs.append(manifest.config) }
    for layer in manifest.layers where seen.insert(layer.digest).inserted { layers.append(layer) }
  }
}

/// Runs `body`; a failure without a subject is about `name`.
func named<Result>(_ name: String, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
  do { return try body() } catch { throw error.about(name) }
}
