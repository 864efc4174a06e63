import Archive
import Image
import System

/// `docker save` before Docker 1.10: a directory for each layer, with `json` and `layer.tar`; `repositories` names the
/// top ones. (Docker image specification 1.0.)
extension DockerArchive {
  /// Reads what `repositories` names.
  func read(repositories: [UInt8]) throws(Failure) {
    let json = try named("\(name): repositories") { () throws(Failure) in try JSON(parsing: repositories) }
    guard let object = json.object, !object.members.isEmpty else {
      throw wrong("repositories names no image")
    }
    var names: [(id: String, names: [Reference])] = []
    var places: [String: Int] = [:]
    for repository in object.members {
      for tag in repository.value.object?.members ?? [] {
        guard let id = tag.value.string else {
          throw wrong("repositories: \(repository.key.oneLine): no layer")
        }
        let reference: Reference
        do { reference = try Reference(parsing: "\(repository.key):\(tag.key)") } catch {
          throw wrong("repositories: \(repository.key.oneLine): \(error.problem)")
        }
        if let place = places[id] {
          names[place].names.append(reference)
        } else {
          places[id] = names.count
          names.append((id, [reference]))
        }
      }
    }
    for image in names { try read(image.id, as: image.names) }
  }

  private func read(_ id: String, as names: [Reference]) throws(Failure) {
    var chain: [JSON.Object] = []
    var ids: [String] = []
    var next: String? = id
    var size: UInt64 = 0
    while let id = next {
      guard ids.count < Self.mostLayers else { throw wrong("\(id.oneLine): its parents never end") }
      guard !id.isEmpty, !id.contains("/"), id != "..", id != "." else {
        throw wrong("\(id.oneLine) is no layer")
      }
      guard let bytes = try members.document("\(id)/json", followLinks: true) else {
        throw lacks("\(id)/json")
      }
      size += UInt64(bytes.count)
      guard size <= documentLimit else { throw wrong("\(id.oneLine): too many bytes of json in its layers") }
      try count(bytes.count)
      let json = try named("\(name): \(id.oneLine)/json") { () throws(Failure) in try JSON(parsing: bytes) }
      guard let object = json.object else { throw wrong("\(id.oneLine)/json is no object") }
      chain.append(object)
      ids.append(id)
      next = object["parent"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
    chain.reverse()
    ids.reverse()
    let layers = try measureLayers(ids.map { "\($0)/layer.tar" })
    guard layers.allSatisfy({ $0.descriptor.mediaType == .layer }) else {
      throw wrong("the layers of an archive of this age can't be compressed")
    }
    let config = LegacyConfig(chain, diffIDs: layers.map(\.descriptor.digest)).bytes
    try add(config: config, called: "\(id)/json", layers: layers, names: names)
  }

  private func wrong(_ problem: String) -> Failure { Failure(.invalid, name, problem) }
}
