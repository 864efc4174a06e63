import Image
import System

/// A Kubernetes Pod that runs the same command in the same manner (v1, Pod).
public struct PodManifest: Sendable {
  private let draft: ContainerDraft
  private let request: ContainerRequest
  private let image: String
  private let name: String

  /// The pod `name` of one container of `image`.
  public init(_ draft: ContainerDraft, _ request: ContainerRequest, image: String, name: String) {
    self.draft = draft
    self.request = request
    self.image = image
    self.name = Self.label(name)
  }

  /// The manifest.
  public var yaml: String {
    var spec: JSON.Object = [
      "restartPolicy": "Never", "automountServiceAccountToken": .bool(false),
      "enableServiceLinks": .bool(false),
    ]
    if let seconds = request.stopTimeout { spec["terminationGracePeriodSeconds"] = .number(seconds) }
    if draft.network == .host {
      spec["hostNetwork"] = .bool(true)
    } else if request.hostname != nil {
      spec["hostname"] = .string(Self.label(draft.hostname))
    }
    if !request.hosts.isEmpty {
      spec["hostAliases"] = .array(
        request.hosts.map { ["ip": .string($0.address), "hostnames": .strings([$0.name])] })
    }
    setResolution(&spec)
    spec["securityContext"] = podSecurity
    spec["containers"] = .array([container])
    let volumes = volumes.map(\.volume)
    if !volumes.isEmpty { spec["volumes"] = .array(volumes) }
    return YAML.text([
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)], "spec": .object(spec),
    ])
  }

  /// A name as Kubernetes takes it (RFC 1123, one label).
  private static func label(_ text: String) -> String {
    var label = ""
    for byte in text.lowercased().utf8.prefix(63) {
      let isWord =
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      label += isWord ? String(UnicodeScalar(byte)) : "-"
    }
    let trimmed = label.drop { $0 == "-" }.reversed().drop { $0 == "-" }.reversed()
    return trimmed.isEmpty ? "container" : String(trimmed)
  }

  /// Kubernetes puts variables in place of `$(NAME)`.
  private static func literal(_ text: String) -> String { text.replacing("$(", with: "$$(") }

  private func setResolution(_ spec: inout JSON.Object) {
    let given = request.resolution
    guard given != NetworkFiles.Resolution() else { return }
    var config = JSON.Object()
    if !given.servers.isEmpty {
      spec["dnsPolicy"] = "None"
      config["nameservers"] = .strings(given.servers)
    }
    if !given.search.isEmpty { config["searches"] = .strings(given.search.filter { $0 != "." }) }
    if !given.options.isEmpty {
      config["options"] = .array(
        given.options.map { option in
          let pair = option.split(separator: ":", maxSplits: 1).map(String.init)
          return pair.count == 2
            ? ["name": .string(pair[0]), "value": .string(pair[1])] : ["name": .string(option)]
        })
    }
    spec["dnsConfig"] = .object(config)
  }

  private var podSecurity: JSON {
    var context = JSON.Object()
    let groups = draft.spec.user.additionalGids.filter { $0 != draft.spec.user.gid }
    if !groups.isEmpty { context["supplementalGroups"] = .array(groups.map(JSON.number)) }
    if !draft.spec.sysctls.isEmpty {
      context["sysctls"] = .array(
        draft.spec.sysctls.map { ["name": .string($0.name), "value": .string($0.value)] })
    }
    return .object(context)
  }

  private var container: JSON {
    let spec = draft.spec
    var container: JSON.Object = [
      "name": .string(name), "image": .string(image), "command": .strings(spec.args.map(Self.literal)),
      "workingDir": .string(spec.workingDirectory),
    ]
    // The name that this run would have had is not the pod's.
    let variables = spec.env.filter { request.hostname != nil || $0 != "HOSTNAME=\(draft.hostname)" }
    container["env"] = .array(
      variables.map { entry in
        let pair = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return ["name": .string(String(pair[0])), "value": .string(Self.literal(String(pair[1])))]
      })
    if request.hasTerminal {
      container["stdin"] = .bool(true)
      container["tty"] = .bool(true)
    }
    let ports = request.ports.flatMap(Self.ports)
    if !ports.isEmpty { container["ports"] = .array(ports) }
    let limits = limits
    if !limits.members.isEmpty { container["resources"] = ["limits": .object(limits)] }
    container["securityContext"] = security
    let mounts = volumes.map(\.mount)
    if !mounts.isEmpty { container["volumeMounts"] = .array(mounts) }
    return .object(container)
  }

  private static func ports(_ mapping: PortMapping) -> [JSON] {
    mapping.container.enumerated().map { index, container in
      var port: JSON.Object = ["containerPort": .number(container)]
      port["hostPort"] = mapping.host.map { .number(Int($0.lowerBound) + index) }
      port["hostIP"] = mapping.address.map(JSON.string)
      port["protocol"] = .string(mapping.transport.rawValue.uppercased())
      return .object(port)
    }
  }

  private var limits: JSON.Object {
    var limits = JSON.Object()
    if let memory = draft.spec.limits.memory { limits["memory"] = .string(String(memory)) }
    if let quota = draft.spec.limits.cpuQuota {
      limits["cpu"] = .string("\(max(1, quota * 1000 / draft.spec.limits.cpuPeriod))m")
    }
    return limits
  }

  private var security: JSON {
    let spec = draft.spec
    if request.security.isPrivileged { return ["privileged": .bool(true)] }
    let added = spec.capabilities.bounding.names.map { String($0.dropFirst(4)) }
    var context: JSON.Object = [
      "runAsUser": .number(spec.user.uid), "runAsGroup": .number(spec.user.gid),
      "allowPrivilegeEscalation": .bool(!spec.noNewPrivileges),
      "readOnlyRootFilesystem": .bool(spec.isRootReadOnly),
      "capabilities": ["drop": .strings(["ALL"]), "add": .strings(added)],
    ]
    // Kubernetes refuses this where CAP_SYS_ADMIN is added.
    if spec.capabilities.bounding.has(.sysAdmin) { context["allowPrivilegeEscalation"] = .bool(true) }
    switch request.security.seccomp {
    case nil, .standard: context["seccompProfile"] = ["type": "RuntimeDefault"]
    case .unconfined: context["seccompProfile"] = ["type": "Unconfined"]
    case .file(let path):
      let name = path.split(separator: "/").last.map(String.init) ?? path
      context["seccompProfile"] = ["type": "Localhost", "localhostProfile": .string(name)]
    }
    return .object(context)
  }

  private var volumes: [(volume: JSON, mount: JSON)] {
    draft.mounts.enumerated().compactMap { index, request in
      let name = JSON.string("volume-\(index)")
      var volume: JSON.Object = ["name": name]
      switch request.source {
      case .bind(let path): volume["hostPath"] = ["path": .string(path)]
      case .volume: volume["emptyDir"] = [:]
      case .image(let operand): volume["image"] = ["reference": .string(operand)]
      case .tmpfs(let options):
        var directory: JSON.Object = ["medium": "Memory"]
        if let size = options.first(where: { $0.name == "size" }) {
          directory["sizeLimit"] = .string(size.value)
        }
        volume["emptyDir"] = .object(directory)
      }
      var mount: JSON.Object = ["name": name, "mountPath": .string(request.target.description)]
      if request.attributes.contains(.readOnly) { mount["readOnly"] = .bool(true) }
      return (.object(volume), .object(mount))
    }
  }
}
