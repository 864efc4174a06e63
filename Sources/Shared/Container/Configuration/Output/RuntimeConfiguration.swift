import Image
import LayerStore
import System

/// A runtime-spec 1.0 `config.json`, which runc, crun and kata run (config.md, config-linux.md).
public struct RuntimeConfiguration: Sendable {
  private let draft: ContainerDraft
  private let spec: ContainerSpec
  private let bundle: String?
  private let map: IdentityMap?
  /// Whether an ordinary user is to run it.
  private let isRootless: Bool

  /// The configuration of what `draft` would run.
  ///
  /// - Parameters:
  ///   - bundle: the absolute path of the directory that has the provided files; without one they are left out.
  ///   - map: the numbers of the user namespace of an ordinary user.
  public init(_ draft: ContainerDraft, bundle: String? = nil, map: IdentityMap? = nil) {
    self.draft = draft
    spec = draft.spec
    self.bundle = bundle
    isRootless = map != nil
    self.map = map ?? draft.spec.namespaces.user
  }

  /// The document.
  public var json: JSON {
    var document: JSON.Object = [
      "ociVersion": .string("1.0.2"), "process": process,
      "root": ["path": .string("rootfs"), "readonly": .bool(spec.isRootReadOnly)],
    ]
    document["hostname"] = spec.hostname.map(JSON.string)
    document["mounts"] = .array(mounts)
    document["linux"] = linux
    return .object(document)
  }

  private var process: JSON {
    let user = spec.user
    // runc gives an ordinary user's container no additional group; one that is the group itself is none.
    let groups = isRootless && user.additionalGids == [user.gid] ? [] : user.additionalGids
    var process: JSON.Object = [
      "terminal": .bool(spec.hasTerminal),
      "user": [
        "uid": .number(user.uid), "gid": .number(user.gid), "umask": .number(user.umask),
        "additionalGids": .array(groups.map(JSON.number)),
      ],
      "args": .strings(spec.args), "env": .strings(spec.env), "cwd": .string(spec.workingDirectory),
      "capabilities": capabilities, "noNewPrivileges": .bool(spec.noNewPrivileges),
    ]
    if !spec.resourceLimits.isEmpty { process["rlimits"] = .array(spec.resourceLimits.map(\.json)) }
    process["oomScoreAdj"] = spec.oomScoreAdjustment.map(JSON.number)
    return .object(process)
  }

  private var capabilities: JSON {
    let sets = spec.capabilities
    return [
      "bounding": .strings(sets.bounding.names), "effective": .strings(sets.effective.names),
      "permitted": .strings(sets.permitted.names), "inheritable": .strings(sets.inheritable.names),
      "ambient": .strings(sets.ambient.names),
    ]
  }

  private var mounts: [JSON] {
    var mounts = spec.mounts.compactMap { mount in
      // A writable root has no need of what only makes a part of it so.
      if case .volume = mount.source, !spec.isRootReadOnly { return JSON?.none }
      return mount.json
    }
    for file in spec.files {
      guard let bundle else { break }
      mounts.append([
        "destination": .string(file.path), "type": "bind", "source": .string("\(bundle)/\(file.bundleName)"),
        "options": .strings(["bind", "rprivate"]),
      ])
    }
    return mounts
  }

  private var linux: JSON {
    var linux: JSON.Object = [:]
    if let map {
      linux["uidMappings"] = .array(map.users.map(\.json))
      linux["gidMappings"] = .array(map.groups.map(\.json))
    }
    if !spec.sysctls.isEmpty {
      var sysctls = JSON.Object()
      for (name, value) in spec.sysctls { sysctls[name] = .string(value) }
      linux["sysctl"] = .object(sysctls)
    }
    linux["resources"] = resources
    linux["namespaces"] = .array(namespaces)
    if !spec.devices.isEmpty { linux["devices"] = .array(spec.devices.map(\.json)) }
    linux["seccomp"] = draft.profile?.json
    linux["maskedPaths"] = .strings(spec.maskedPaths)
    linux["readonlyPaths"] = .strings(spec.readOnlyPaths)
    return .object(linux)
  }

  private var namespaces: [JSON] {
    let own = spec.namespaces
    var types = [JSON](arrayLiteral: ["type": "mount"])
    for (type, isOwn) in [
      ("pid", own.hasPID), ("ipc", own.hasIPC), ("uts", own.hasUTS), ("cgroup", own.hasCgroup),
      ("user", map != nil),
    ] where isOwn { types.append(["type": .string(type)]) }
    switch own.network {
    case .own: types.append(["type": "network"])
    case .path(let path): types.append(["type": "network", "path": .string(path)])
    case .host: break
    }
    return types
  }

  private var resources: JSON {
    let limits = spec.limits
    var resources: JSON.Object = ["devices": .array(deviceRules)]
    if let memory = limits.memory {
      var object: JSON.Object = ["limit": .number(memory)]
      object["swap"] = limits.memoryAndSwap.map { $0 == .max ? .number(-1) : .number($0) }
      resources["memory"] = .object(object)
    }
    var cpu = JSON.Object()
    if let quota = limits.cpuQuota {
      cpu["quota"] = .number(quota)
      cpu["period"] = .number(limits.cpuPeriod)
    }
    cpu["cpus"] = limits.cpuset.map(JSON.string)
    if !cpu.members.isEmpty { resources["cpu"] = .object(cpu) }
    // An ordinary user may have no control group, and runc then stops at a limit; it was not asked for.
    if let pids = limits.pids, !(isRootless && limits.isPidsDefault) {
      resources["pids"] = ["limit": .number(pids)]
    }
    if let weight = limits.blkioWeight { resources["blockIO"] = ["weight": .number(weight)] }
    return .object(resources)
  }

  /// Docker's list: nodes of any device may be made, the usual ones used.
  private var deviceRules: [JSON] {
    func rule(_ type: String?, _ major: Int?, _ minor: Int?, _ access: String, allow: Bool = true) -> JSON {
      var rule: JSON.Object = ["allow": .bool(allow)]
      rule["type"] = type.map(JSON.string)
      rule["major"] = major.map(JSON.number)
      rule["minor"] = minor.map(JSON.number)
      rule["access"] = .string(access)
      return .object(rule)
    }
    if spec.allowsAllDevices { return [rule(nil, nil, nil, "rwm")] }
    var rules = [
      rule(nil, nil, nil, "rwm", allow: false), rule("c", nil, nil, "m"), rule("b", nil, nil, "m"),
    ]
    for (major, minor) in [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)] {
      rules.append(rule("c", major, minor, "rwm"))
    }
    rules.append(rule("c", 136, nil, "rwm"))
    for device in spec.devices {
      rules.append(
        rule(device.kind == .block ? "b" : "c", Int(device.major), Int(device.minor), "rwm"))
    }
    return rules
  }
}

extension ProvidedFile {
  /// Its name in a bundle: the last of its path.
  public var bundleName: String { String(path.split(separator: "/").last ?? "file") }
}
