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

  /// Decides about a document that could not be read or understood: throws, or has it left out.
  public typealias Tolerance = (_ document: Descriptor, _ depth: Int, Failure) throws(Failure) -> Void

  private var seen: Set<Digest> = []
  private var total: UInt64 = 0

  /// Reads the documents that `root` reaches from `source`.
  ///
  /// - Parameter incomplete: whether manifests that an index lists may be missing.
  /// - Throws: `invalid` where a document is not what its descriptor says, or there are too many.
  public init(_ root: Descriptor, in source: any ImageSource, incomplete: Bool = false) throws(Failure) {
    var missing: [Descriptor] = []
    try self.init(root, in: source) { (document, depth, failure) throws(Failure) in
      guard incomplete, depth > 0, failure.kind == .notFound else { throw failure }
      missing.append(document)
    }
    self.missing = missing
  }

  /// Reads what it can of the documents that `root` reaches from `source`.
  public init(
    _ root: Descriptor, in source: any ImageSource, tolerating tolerance: Tolerance
  ) throws(Failure) {
    try add(root, source, tolerance, depth: 0)
  }

  /// Configs, then layers.
  public var blobs: [Descriptor] { configs + layers }

  private mutating func add(
    _ descriptor: Descriptor, _ source: any ImageSource, _ tolerance: Tolerance, depth: Int
  ) throws(Failure) {
    guard seen.insert(descriptor.digest).inserted else { return }
    var entries: [Descriptor] = []
    do {
      let bytes = try read(descriptor, source, depth: depth)
      entries = try named(descriptor.digest.description) { () throws(Failure) in
        try take(bytes, of: descriptor)
      }
      documents.append(Document(descriptor: descriptor, bytes: bytes))
    } catch { return try tolerance(descriptor, depth, error) }
    for entry in entries where entry.mediaType.isIndex || entry.mediaType.isManifest {
      try add(entry, source, tolerance, depth: depth + 1)
    }
  }

  private mutating func read(
    _ descriptor: Descriptor, _ source: any ImageSource, depth: Int
  ) throws(Failure) -> [UInt8] {
    let name = descriptor.digest.description
    guard depth <= Self.deepestNesting else { throw Failure(.invalid, name, "indexes are nested too deep") }
    total = total.addingReportingOverflow(min(descriptor.size, documentLimit)).partialValue
    guard total <= Self.documentsLimit else {
      throw Failure(.invalid, name, "more than \(Self.documentsLimit >> 20) MiB of manifests in one image")
    }
    return try source.document(descriptor)
  }

  /// Takes up what a document says; an index gives its entries.
  private mutating func take(_ bytes: [UInt8], of descriptor: Descriptor) throws(Failure) -> [Descriptor] {
    if descriptor.mediaType.isIndex {
      return try Index(raw: bytes, mediaType: descriptor.mediaType).manifests
    }
    let manifest = try Manifest(raw: bytes, mediaType: descriptor.mediaType)
    manifests.append((descriptor, manifest))
    if seen.insert(manifest.config.digest).inserted { configs.append(manifest.config) }
    for layer in manifest.layers where seen.insert(layer.digest).inserted { layers.append(layer) }
    return []
  }
}

/// Runs `body`; a failure without a subject is about `name`.
func named<Result>(_ name: String, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
  do { return try body() } catch { throw error.about(name) }
}
