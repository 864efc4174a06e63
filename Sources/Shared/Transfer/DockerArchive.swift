import Archive
import Image
import System
import Verification

/// A Docker archive without an `index.json` (`docker save` from 1.10 on): its `manifest.json` names configs and layers.
///
/// The OCI manifests that it lacks are made up: from the digests of the config and of the layers as they are stored.
final class DockerArchive {
  /// The images, each under each of its names.
  private(set) var index = Index.empty
  private let members: ArchiveMembers
  private let name: String
  private var paths: [Digest: String] = [:]
  private var documents: [Digest: [UInt8]] = [:]
  private var layers: [String: Descriptor] = [:]

  /// One entry of `manifest.json`.
  private struct Item {
    let config: String
    let names: [Reference]
    let layers: [String]
  }

  /// Reads and hashes what `manifest` lists.
  init(manifest: [UInt8], members: ArchiveMembers, name: String) throws(Failure) {
    self.members = members
    self.name = name
    for item in try Self.items(manifest, name) {
      let manifest = try author(item)
      index.add(item.names.isEmpty ? [manifest] : item.names.map { manifest.named($0) })
    }
  }

  /// A reader of a made-up manifest, a config or a layer; nil if it is none of this archive's.
  func reader(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> (any ByteReader)? {
    if let document = documents[descriptor.digest] {
      return MemoryReader(document.dropFirst(Int(clamping: offset)))
    }
    guard let path = paths[descriptor.digest] else { return nil }
    return try members.reader(of: path, followLinks: true, from: offset)
  }

  private static func items(_ bytes: [UInt8], _ name: String) throws(Failure) -> [Item] {
    let json = try named("\(name): manifest.json") { () throws(Failure) in try JSON(parsing: bytes) }
    let wrong = Failure(.invalid, name, "manifest.json is not a list of images")
    guard let list = json.array, !list.isEmpty else { throw wrong }
    var items: [Item] = []
    for entry in list {
      guard let config = entry["Config"]?.string, let layers = entry["Layers"]?.array?.map(\.string) else {
        throw wrong
      }
      var names: [Reference] = []
      for tag in entry["RepoTags"]?.array ?? [] {
        guard let tag = tag.string else { throw wrong }
        do { names.append(try Reference(parsing: tag)) } catch {
          throw Failure(.invalid, name, "manifest.json: \(tag): \(error.problem)")
        }
      }
      guard !layers.contains(nil) else { throw wrong }
      items.append(
        Item(
          config: try ArchiveEntry.memberName(config), names: names,
          layers: try layers.map { (path) throws(Failure) in try ArchiveEntry.memberName(path ?? "") }))
    }
    return items
  }

  private func author(_ item: Item) throws(Failure) -> Descriptor {
    guard let bytes = try members.document(item.config, followLinks: true) else { throw lacks(item.config) }
    let digest = Digest.of(bytes)
    if let promised = Self.digest(ofConfig: item.config), promised != digest {
      throw Failure(.invalid, name, "\(item.config): digest mismatch: the bytes have \(digest)")
    }
    let config = try named("\(name): \(item.config)") { () throws(Failure) in try ImageConfig(raw: bytes) }
    guard config.diffIDs.count == item.layers.count else {
      throw Failure(
        .invalid, name, "\(item.config): \(config.diffIDs.count) diff IDs for \(item.layers.count) layers")
    }
    paths[digest] = item.config
    var layers: [Descriptor] = []
    for (path, diffID) in zip(item.layers, config.diffIDs) {
      let layer = try layer(path, diffID.digest.algorithm)
      if layer.mediaType == .layer, layer.digest != diffID.digest {
        throw Failure(.invalid, name, "\(path): the layer is \(layer.digest), its config says \(diffID)")
      }
      layers.append(layer)
    }
    let document = Manifest(
      config: Descriptor(mediaType: .imageConfig, digest: digest, size: UInt64(bytes.count)), layers: layers
    ).raw
    let descriptor = Descriptor(
      mediaType: .imageManifest, digest: .of(document), size: UInt64(document.count))
    documents[descriptor.digest] = document
    return descriptor
  }

  /// The descriptor of a layer as it is stored, hashed once however many images use it.
  private func layer(_ path: String, _ algorithm: Digest.Algorithm) throws(Failure) -> Descriptor {
    guard let region = try members.region(of: path, followLinks: true) else { throw lacks(path) }
    let key = "\(region.offset)"
    if let known = layers[key] { return known }
    guard let reader = try members.reader(of: path, followLinks: true) else { throw lacks(path) }
    var hasher = ContentHasher(algorithm)
    var type: MediaType?
    var count: UInt64 = 0
    while let piece = try reader.next() {
      if type == nil { type = try mediaType(of: piece, path) }
      hasher.update(piece)
      count += UInt64(piece.count)
    }
    guard count == region.size else { throw Failure(.invalid, name, "\(path): ends too early") }
    let layer = Descriptor(mediaType: type ?? .layer, digest: hasher.finish(), size: count)
    layers[key] = layer
    paths[layer.digest] = path
    return layer
  }

  private func mediaType(of bytes: UnsafeRawBufferPointer, _ path: String) throws(Failure) -> MediaType {
    switch Compression.detect(bytes) {
    case .none: return .layer
    case .gzip: return .layerGzip
    case .zstd: return .layerZstd
    case let other: throw Failure(.invalid, name, "\(path): layers can't be compressed with \(other)")
    }
  }

  private func lacks(_ path: String) -> Failure {
    Failure(.invalid, name, "manifest.json lists \(path), which is not in the archive")
  }

  /// The digest that a config's path promises: `HEX.json` or `blobs/sha256/HEX`.
  private static func digest(ofConfig path: String) -> Digest? {
    let base = path.split(separator: "/").last ?? ""
    return Digest(.sha256, hex: base.hasSuffix(".json") ? base.dropLast(5) : base)
  }

  /// Makes sure that a `manifest.json` beside an `index.json` gives no name to another config.
  static func compare(_ manifest: [UInt8], with images: [CopiedImage], name: String) throws(Failure) {
    for item in try items(manifest, name) {
      guard let config = digest(ofConfig: item.config) else { continue }
      for image in images {
        guard let entry = image.entry.reference, item.names.contains(entry), !image.graph.manifests.isEmpty,
          !image.graph.configs.contains(where: { $0.digest == config })
        else { continue }
        throw Failure(
          .invalid, name,
          "contradicts itself: \(entry.familiarName) is config \(config) in manifest.json, another in index.json"
        )
      }
    }
  }
}
