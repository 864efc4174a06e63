import Image
import System

extension RegistriesFile {
  /// The settings for an image: those of the longest prefix; nil where none is about it.
  func registry(for image: Reference) -> Registry? {
    let matching = registries.filter { $1.rest(of: image) != nil }
    // Two of one length both match only where one is a tag and the other a digest.
    return matching.max { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }?.value
  }
}

extension RegistriesFile.Registry {
  /// What follows the prefix in an image's name; nil where the image is none of its own.
  func rest(of image: Reference) -> Substring? {
    // Host names come in any case, and a block must hold in each; paths have lower case alone.
    let name = image.repository
    let prefixName = prefix.name.lowercased()
    if isWildcard {
      let host = image.domain.lowercased().prefix { $0 != ":" }
      return host.hasSuffix("." + prefixName) ? name.dropFirst(host.count) : nil
    }
    guard name.lowercased().hasPrefix(prefixName) else { return nil }
    let rest = name.dropFirst(prefixName.count)
    guard rest.isEmpty || rest.first == "/" else { return nil }
    guard prefix.tag != nil || prefix.digest != nil else { return rest }
    guard rest.isEmpty, prefix.tag == nil || prefix.tag == image.tag,
      prefix.digest == nil || prefix.digest == image.digest
    else { return nil }
    return rest
  }
}

extension RegistriesFile.Use {
  /// Whether a mirror of this use serves a pull by digest, or one by tag.
  func serves(digest: Bool) -> Bool {
    switch self {
    case .all: true
    case .digestOnly: digest
    case .tagOnly: !digest
    }
  }
}

extension RegistriesFile {
  /// The settings of registries.conf and its drop-ins (containers-registries.conf.d(5)).
  ///
  /// `CONTAINERS_REGISTRIES_CONF` names the one file to read and no drop-ins. Else the user's registries.conf
  /// comes before the system's, which it replaces along with the system's drop-ins; drop-ins follow.
  static func load(_ sources: RegistryConfiguration.Sources) throws(Failure) -> RegistriesFile {
    if let path = sources.variable("CONTAINERS_REGISTRIES_CONF") {
      guard let file = try read(path) else {
        throw Failure(.failed, path, "does not exist, and CONTAINERS_REGISTRIES_CONF names it")
      }
      return file
    }
    let system = sources.systemRoot + "/etc/containers/registries.conf"
    let user = sources.variable("HOME").map { $0 + "/.config/containers/registries.conf" }
    var result: RegistriesFile
    var directories = [user].compactMap { $0 }
    if let user, let file = try read(user) {
      result = file
    } else {
      result = try read(system) ?? RegistriesFile()
      directories.insert(system, at: 0)
    }
    for directory in directories.map({ $0 + ".d" }) {
      for name in try ConfigurationFile.names(in: directory) ?? [] where name.hasSuffix(".conf") {
        guard let dropIn = try read("\(directory)/\(name)") else { continue }
        result.add(dropIn)
      }
    }
    return result
  }

  private static func read(_ path: String) throws(Failure) -> RegistriesFile? {
    guard let bytes = try ConfigurationFile.contents(of: path) else { return nil }
    return try RegistriesFile(bytes, name: path)
  }
}
