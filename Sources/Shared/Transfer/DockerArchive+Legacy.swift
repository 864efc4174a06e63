import Archive
import Image
import System

/// `docker save` before Docker 1.10: a directory for each layer, with `json` and `layer.tar`; `repositories` names the
/// top ones. (Docker image specification 1.0.)
extension DockerArchive {
  /// The most layers that one image may have; a chain of parents that is longer goes in a circle.
  private static let mostLayers = 1000

  /// Reads what `repositories` names.
  func read(repositories: [UInt8]) throws(Failure) {
    let json = try named("\(name): repositories") { () throws(Failure) in try JSON(parsing: repositories) }
    guard let object = json.object, !object.members.isEmpty else {
      throw wrong("repositories names no image")
    }
    for repository in object.members {
      for tag in repository.value.object?.members ?? [] {
        guard let id = tag.value.string else {
          throw wrong("repositories: \(repository.key.oneLine): no layer")
        }
        let reference: Reference
        do { reference = try Reference(parsing: "\(repository.key):\(tag.key)") } catch {
          throw wrong("repositories: \(repository.key.oneLine): \(error.problem)")
        }
        try read(id, as: reference)
      }
    }
  }

  private func read(_ id: String, as reference: Reference) throws(Failure) {
    var chain: [JSON.Object] = []
    var ids: [String] = []
    var next: String? = id
    while let id = next {
      guard ids.count < Self.mostLayers else { throw wrong("\(id): its parents never end") }
      guard !id.isEmpty, !id.contains("/"), id != ".." else { throw wrong("\(id.oneLine) is no layer") }
      guard let bytes = try members.document("\(id)/json", followLinks: true) else {
        throw lacks("\(id)/json")
      }
      let json = try named("\(name): \(id)/json") { () throws(Failure) in try JSON(parsing: bytes) }
      guard let object = json.object else { throw wrong("\(id)/json is no object") }
      chain.insert(object, at: 0)
      ids.insert(id, at: 0)
      next = object["parent"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
    let layers = try measureLayers(ids.map { "\($0)/layer.tar" })
    guard layers.allSatisfy({ $0.descriptor.mediaType == .layer }) else {
      throw wrong("the layers of an archive of this age can't be compressed")
    }
    let config = Self.config(chain, diffIDs: layers.map(\.descriptor.digest))
    try add(config: config, called: "\(id)/json", layers: layers, names: [reference])
  }

  /// The config that Docker itself makes of such an image: that of the top layer, with all layers and their history.
  private static func config(_ chain: [JSON.Object], diffIDs: [Digest]) -> [UInt8] {
    var config = chain.last ?? JSON.Object()
    for key in ["id", "parent", "parent_id", "layer_id", "throwaway", "Size"] { config[key] = nil }
    if config["architecture"] == nil { config["architecture"] = .string(Platform.host.architecture) }
    if config["os"] == nil { config["os"] = .string("linux") }
    config["rootfs"] = .object([
      "type": .string("layers"), "diff_ids": .array(diffIDs.map { .string($0.description) }),
    ])
    config["history"] = .array(chain.map(history))
    return JSON.object(config).encoded()
  }

  private static func history(_ layer: JSON.Object) -> JSON {
    var history = JSON.Object()
    history["created"] = layer["created"]
    history["author"] = layer["author"]
    let command = layer["container_config"]?["Cmd"]?.array?.compactMap(\.string) ?? []
    if !command.isEmpty { history["created_by"] = .string(command.joined(separator: " ")) }
    history["comment"] = layer["comment"]
    return .object(history)
  }

  private func wrong(_ problem: String) -> Failure { Failure(.invalid, name, problem) }
}
