import Archive
import Image
import Layout
import System
import Verification

/// A Docker archive without an `index.json`: `manifest.json` (from Docker 1.10 on) or `repositories` (before) names
/// what is in it.
///
/// The OCI manifests that it lacks are made up: from the digests of the config and of the layers as they are stored.
final class DockerArchive {
  /// The images, each under each of its names.
  private(set) var index = Index.empty
  let members: ArchiveMembers
  let name: String
  private let spool: Spool
  /// Manifests, and configs.
  private var documents: [Digest: [UInt8]] = [:]
  private var documentsCount = 0
  private var entries: [Descriptor] = []
  private var layers: [Digest: Layer] = [:]
  /// The same, by where they lie.
  private var layersByPath: [String: Layer] = [:]

  /// A layer as it is stored.
  struct Layer: Sendable {
    let path: String
    let member: ArchiveMembers.Member
    let descriptor: Descriptor
    let staged: StagedBlob?
  }

  /// The most layers that one image may have; a chain of parents that is longer goes in a circle.
  static let mostLayers = 1000
  /// The most images, an image with two names counting twice.
  private static let mostImages = 10_000

  /// An archive of which nothing is known yet.
  init(_ members: ArchiveMembers, spool: Spool, name: String) {
    self.members = members
    self.spool = spool
    self.name = name
  }

  /// A reader of a manifest, config or layer; nil if it is none of this archive's.
  func reader(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> (any ByteReader)? {
    if let document = documents[descriptor.digest] {
      return MemoryReader(document.dropFirst(Int(clamping: offset)))
    }
    guard let layer = layers[descriptor.digest] else { return nil }
    return try members.reader(of: layer.member, layer.path, from: offset)
  }

  /// The layer, where it was staged in the layout that it goes to.
  func staged(_ descriptor: Descriptor) -> StagedBlob? { layers[descriptor.digest]?.staged }

  /// Adds the image of `config` and `layers` under `names`.
  ///
  /// - Throws: `invalid` where config and layers disagree.
  func add(config: [UInt8], called path: String, layers: [Layer], names: [Reference]) throws(Failure) {
    let digest = Digest.of(config)
    let descriptor = Descriptor(mediaType: .imageConfig, digest: digest, size: UInt64(config.count))
    let manifest = Manifest(config: descriptor, layers: layers.map(\.descriptor))
    try named("\(name): \(path)") { () throws(Failure) in
      try ImageConfig(raw: config).check(layersOf: manifest)
    }
    let entry = Descriptor(
      mediaType: .imageManifest, digest: .of(manifest.raw), size: UInt64(manifest.raw.count))
    for (digest, document) in [(digest, config), (entry.digest, manifest.raw)] where documents[digest] == nil
    {
      documents[digest] = document
      try count(document.count)
    }
    entries += names.isEmpty ? [entry] : names.map(entry.named)
    guard entries.count <= Self.mostImages else {
      throw Failure(.invalid, name, "more than \(Self.mostImages) images")
    }
  }

  /// Counts bytes that are read for the sake of an image.
  func count(_ bytes: Int) throws(Failure) {
    documentsCount += bytes
    guard documentsCount <= ArchiveSource.documentsLimit else { throw Self.tooManyDocuments(name) }
  }

  /// Puts the images that were added into the index.
  func finishIndex() { index.add(entries) }

  static func tooManyDocuments(_ name: String) -> Failure {
    Failure(
      .invalid, name, "more than \(ArchiveSource.documentsLimit >> 20) MiB of manifests and configurations")
  }

  /// Measures the layers at `paths`, several at once, each once however many images use it; all must be there.
  func measureLayers(_ paths: [String]) throws(Failure) -> [Layer] {
    guard paths.count <= Self.mostLayers else {
      throw Failure(.invalid, name, "\(paths.count) layers in one image")
    }
    var missing: [(path: String, member: ArchiveMembers.Member)] = []
    for path in Set(paths).sorted() where layersByPath[path] == nil {
      guard let member = try members.member(path, followLinks: true) else { throw lacks(path) }
      missing.append((path, member))
    }
    let members = members
    let spool = spool
    let name = name
    let measured = try concurrently(missing) { (item) throws(Failure) in
      try Self.measure(item.path, item.member, members, spool, name)
    }
    for layer in measured {
      layersByPath[layer.path] = layer
      layers[layer.descriptor.digest] = layers[layer.descriptor.digest] ?? layer
    }
    return paths.compactMap { layersByPath[$0] }
  }

  private static func measure(
    _ path: String, _ member: ArchiveMembers.Member, _ members: ArchiveMembers, _ spool: Spool, _ name: String
  ) throws(Failure) -> Layer {
    let beginning = try members.reader(of: member, path)
    let type = try mediaType(of: beginning.next(), "\(name): \(path)")
    // The bytes belong to the reader.
    withExtendedLifetime(beginning) {}
    var staged: StagedBlob?
    let digest: Digest
    let size: UInt64
    switch (member, spool) {
    case (.staged(let blob), _):
      (digest, size, staged) = (blob.digest, blob.size, blob)
    case (.region(let region), .layout(let layout)) where layout.canStage:
      let reader = try members.reader(of: member, path)
      let blob = try layout.stage(UnverifiedBytes(reader), expecting: region.size)
      (digest, size, staged) = (blob.digest, blob.size, blob)
    case (.region(let region), _):
      let reader = try MeasuringReader(
        UnverifiedBytes(try members.reader(of: member, path)), expecting: region.size)
      while try reader.next() != nil {}
      (digest, size) = (reader.digest(), reader.count)
    case (.link, _): throw Failure(.invalid, name, "\(path) is a link")
    }
    if case .region(let region) = member, region.size != size {
      throw Failure(.invalid, name, "\(path): ends too early")
    }
    let descriptor = Descriptor(mediaType: type, digest: digest, size: size)
    return Layer(path: path, member: member, descriptor: descriptor, staged: staged)
  }

  private static func mediaType(
    of bytes: UnsafeRawBufferPointer?, _ path: String
  ) throws(Failure) -> MediaType {
    switch bytes.map(Compression.detect) ?? .none {
    case .none: return .layer
    case .gzip: return .layerGzip
    case .zstd: return .layerZstd
    case let other: throw Failure(.invalid, path, "layers can't be compressed with \(other)")
    }
  }

  /// What is said of a file that is listed but missing.
  func lacks(_ path: String) -> Failure {
    Failure(.invalid, name, "lists \(path), which is not in the archive")
  }
}
