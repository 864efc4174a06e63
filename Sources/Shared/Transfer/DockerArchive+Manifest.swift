import Archive
import Image
import System

/// `docker save` from Docker 1.10 on: a list of images, each a config and layers.
extension DockerArchive {
  /// One entry of `manifest.json`.
  private struct Item {
    let config: String
    let names: [Reference]
    let layers: [String]
  }

  /// Reads what `manifest` lists.
  func read(manifest: [UInt8]) throws(Failure) {
    for item in try Self.items(manifest, name) {
      guard let config = try members.document(item.config, followLinks: true) else {
        throw lacks(item.config)
      }
      if let promised = Self.digest(ofConfig: item.config), promised != Digest.of(config) {
        throw Failure(.invalid, name, "\(item.config): digest mismatch: the bytes have \(Digest.of(config))")
      }
      try add(
        config: config, called: item.config, layers: measureLayers(item.layers), names: item.names)
    }
  }

  private static func items(_ bytes: [UInt8], _ name: String) throws(Failure) -> [Item] {
    let json = try named("\(name): manifest.json") { () throws(Failure) in try JSON(parsing: bytes) }
    let wrong = Failure(.invalid, name, "manifest.json is not a list of images")
    guard let list = json.array, !list.isEmpty else { throw wrong }
    var items: [Item] = []
    for entry in list {
      // Go writes a list of nothing as null.
      let listed = entry["Layers"] == .null ? [] : entry["Layers"]?.array
      guard let config = entry["Config"]?.string, let layers = listed?.map(\.string),
        !layers.contains(nil)
      else { throw wrong }
      var names: [Reference] = []
      for tag in entry["RepoTags"]?.array ?? [] {
        guard let tag = tag.string else { throw wrong }
        do { names.append(try Reference(parsing: tag)) } catch {
          throw Failure(.invalid, name, "manifest.json: \(tag.oneLine): \(error.problem)")
        }
      }
      let item = try named(name) { () throws(Failure) in
        Item(
          config: try ArchiveEntry.memberName(config), names: names,
          layers: try layers.map { (path) throws(Failure) in try ArchiveEntry.memberName(path ?? "") })
      }
      items.append(item)
    }
    return items
  }

  /// The digest that a config's path promises: `HEX.json` or `blobs/sha256/HEX`.
  private static func digest(ofConfig path: String) -> Digest? {
    let base = path.split(separator: "/").last ?? ""
    return Digest(.sha256, hex: base.hasSuffix(".json") ? base.dropLast(5) : base)
  }

  /// Makes sure that a `manifest.json` beside an `index.json` gives no name to another config.
  static func compare(_ manifest: [UInt8], with images: [CopiedImage], name: String) throws(Failure) {
    var configs: [String: Set<Digest>] = [:]
    for image in images where !image.graph.manifests.isEmpty {
      guard let name = image.entry.reference?.fullName else { continue }
      configs[name, default: []].formUnion(image.graph.configs.map(\.digest))
    }
    for item in try items(manifest, name) {
      guard let config = digest(ofConfig: item.config) else { continue }
      for reference in item.names {
        guard let others = configs[reference.fullName], !others.contains(config) else { continue }
        throw Failure(
          .invalid, name,
          "contradicts itself: \(reference.familiarName) is config \(config) in manifest.json, another in index.json"
        )
      }
    }
  }
}
