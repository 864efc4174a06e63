import Image

extension InspectedImage {
  /// What templates see: the fields of `docker image inspect`, as far as they are of an image and not of a store.
  ///
  /// Fields that Docker has and this image has not are null.
  public var docker: JSON {
    var object: JSON.Object = ["Id": .string(id.description)]
    object["RepoTags"] = .array(names.map(JSON.string))
    object["RepoDigests"] = .array(repositoryDigests.map(JSON.string))
    object["Comment"] = .string(history.last?.history?.comment ?? "")
    object["Created"] = config?.created.map(JSON.string) ?? .null
    object["DockerVersion"] = configDocument?["docker_version"] ?? .string("")
    object["Author"] = .string(config?.author ?? "")
    object["Config"] = runConfig
    object["Architecture"] = .string(platform?.architecture ?? "")
    object["Variant"] = .string(platform?.variant ?? "")
    object["Os"] = .string(platform?.os ?? "")
    object["OsVersion"] = .string(platform?.osVersion ?? "")
    object["Size"] = .number("\(size)")
    object["RootFS"] = [
      "Type": .string("layers"),
      "Layers": .array((config?.diffIDs ?? []).map { .string($0.description) }),
    ]
    object["Descriptor"] = descriptor.json
    return .object(object)
  }

  /// The configuration's `config`, the fields that Docker always shows first.
  private var runConfig: JSON {
    var object: JSON.Object = [
      "User": .string(""), "ExposedPorts": .null, "Env": .null, "Cmd": .null, "Healthcheck": .null,
      "Volumes": .null, "WorkingDir": .string(""), "Entrypoint": .null, "OnBuild": .null, "Labels": .null,
      "StopSignal": .null, "Shell": .null,
    ]
    for member in configDocument?["config"]?.object?.members ?? [] { object[member.key] = member.value }
    return .object(object)
  }

  /// `REPOSITORY@DIGEST`, by the digest that a registry has it under.
  private var repositoryDigests: [String] {
    guard let reference = entry.reference else { return [] }
    let name = reference.familiarName
    let repository = reference.tag.map {
      name.hasSuffix(":\($0)") ? String(name.dropLast($0.count + 1)) : name
    }
    return ["\(repository ?? name)@\(indexDigest ?? entry.digest)"]
  }
}
