import Image
import System

/// What makes a layout's tar a Docker archive: `manifest.json`, and `repositories` for readers before Docker 1.10.
public struct DockerManifest: Sendable {
  private let platform: Platform?

  /// The files that list each image once, an index by its manifest for `platform` (required where it has several).
  public init(platform: Platform?) { self.platform = platform }

  /// `manifest.json` and, where an image has a name, `repositories`.
  ///
  /// - Throws: `usage` where an index has several platforms and none was chosen.
  func files(for images: [CopiedImage]) throws(Failure) -> [(name: String, bytes: [UInt8])] {
    var items: [Item] = []
    var repositories = JSON.Object()
    for image in images {
      let manifest = try chosenManifest(of: image)
      // Charts, signatures and the like: readers of manifest.json would take them for broken images.
      guard manifest.canBeUnpacked else { continue }
      let name = image.entry.reference.flatMap { $0.tag == nil ? nil : $0 }
      let layers = manifest.layers.map(\.digest)
      if let index = items.firstIndex(where: { $0.config == manifest.config.digest && $0.layers == layers }) {
        items[index].names += name.map { [$0.fullName] } ?? []
      } else {
        items.append(
          Item(config: manifest.config.digest, names: name.map { [$0.fullName] } ?? [], layers: layers))
      }
      if let name, let tag = name.tag, let top = layers.last {
        var tags = repositories[name.repository]?.object ?? JSON.Object()
        tags[tag] = .string(top.hex)
        repositories[name.repository] = .object(tags)
      }
    }
    var files = [("manifest.json", JSON.array(items.map(\.json)).encoded())]
    if !repositories.members.isEmpty {
      files.append(("repositories", JSON.object(repositories).encoded()))
    }
    return files
  }

  /// One entry of `manifest.json`.
  private struct Item {
    let config: Digest
    var names: [String]
    let layers: [Digest]

    var json: JSON {
      var object = JSON.Object()
      object["Config"] = .string(config.blobPath)
      object["RepoTags"] = names.isEmpty ? .null : .array(names.map { .string($0) })
      object["Layers"] = .array(layers.map { .string($0.blobPath) })
      return .object(object)
    }
  }

  /// Makes sure, before anything is written, that the image can be listed.
  public func check(_ image: CopiedImage) throws(Failure) { _ = try chosenManifest(of: image) }

  private func chosenManifest(of image: CopiedImage) throws(Failure) -> Manifest {
    let candidates = image.graph.manifests
    let name = image.entry.imageName ?? image.entry.digest.description
    if !image.entry.mediaType.isIndex, let only = candidates.first { return only.manifest }
    let listed = image.graph.documents.filter { $0.descriptor.mediaType.isManifest }.map(\.descriptor)
    if let platform {
      guard let best = platform.bestMatch(among: listed),
        let chosen = candidates.first(where: { $0.descriptor.digest == best.digest })
      else { throw Failure(.notFound, name, "no image for \(platform)") }
      return chosen.manifest
    }
    let real = candidates.filter { !($0.descriptor.isAttestation) }
    guard !real.isEmpty else { throw Failure(.notFound, name, "is an index without any image") }
    guard real.count == 1 else {
      let platforms = real.compactMap { $0.descriptor.platform?.description }.joined(separator: ", ")
      throw Failure(
        .usage, name,
        "is an index of several platforms (\(platforms)): choose one for manifest.json with --platform")
    }
    return real[0].manifest
  }
}

extension Manifest {
  /// Whether it is an image rather than an artifact: a config of an image (whose type older tools left open), layers.
  fileprivate var canBeUnpacked: Bool {
    (config.mediaType.isConfig || config.mediaType.rawValue == "application/octet-stream")
      && artifactType == nil
      && layers.allSatisfy(\.mediaType.isLayer)
  }
}
