import Image
import System

/// What is to be run and what it was made from: the runner takes the spec, `--print` needs the rest.
public struct ContainerDraft: Sendable {
  /// What is run; its filter is not compiled yet.
  public var spec: ContainerSpec
  /// What its filter is to be made from; nil for none.
  public var profile: SeccompProfile?
  /// How it is connected.
  public var network: NetworkMode
  /// pasta's part in that.
  public var pasta: Pasta?
  /// The container's name for itself and others.
  public var hostname: String
  /// The requests that its mounts were made from, in their order.
  public var mounts: [MountRequest]
  /// What the user should know.
  public var notices: [String] = []
}

/// What a draft is made from besides the request.
public struct ContainerSource: Sendable {
  /// How the image says it is run.
  public var config: RunConfig
  /// What `/` will be.
  public var root: ContainerRoot
  /// The users and groups the image knows.
  public var accounts: Accounts
  /// What of the host goes into it.
  public var host: HostFacts

  /// An image as `root`, on `host`.
  public init(config: RunConfig, root: ContainerRoot, accounts: Accounts, host: HostFacts) {
    self.config = config
    self.root = root
    self.accounts = accounts
    self.host = host
  }
}

extension ContainerRequest {
  /// The draft for running `source` as asked.
  ///
  /// - Parameters:
  ///   - profile: the content of the file that `--security-opt seccomp=` names.
  ///   - image: the layers of an image that `--mount type=image` names.
  /// - Throws: `usage`, `notFound`, `invalid`: what docker run refuses, too.
  public func draft(
    _ source: ContainerSource, profile: [UInt8]? = nil,
    image: (String) throws(Failure) -> ContainerOverlay
  ) throws(Failure) -> ContainerDraft {
    let (config, host) = (source.config, source.host)
    let command = try CommandOfImage(config, entrypoint: entrypoint, arguments: arguments)
    var spec = ContainerSpec(root: source.root, args: command.arguments)
    let name = self.hostname ?? (network == .host ? host.hostname : String(host.id.prefix(12)))
    if self.hostname != nil { try Hostname.check(name) }
    let identity = try Identity(user ?? config.user, adding: groups, in: source.accounts)
    spec.user.uid = identity.user
    spec.user.gid = identity.group
    spec.user.additionalGids = identity.groups
    spec.user.umask = umask
    spec.env = try environment(config, hostname: name, home: identity.home)
    spec.workingDirectory = try directory(config)
    spec.hasReaper = hasReaper
    spec.hasTerminal = hasTerminal
    spec.preservedDescriptors = preservedDescriptors
    spec.hostname = name
    spec.isRootReadOnly = isReadOnly
    spec.stopSignal = try stopSignal(of: config)
    spec.stopTimeout = stopTimeout
    spec.limits = limits
    spec.resourceLimits = resourceLimits
    spec.oomScoreAdjustment = oomScoreAdjustment
    spec.sysctls = try kernelParameters.map { (text) throws(Failure) in
      let parameter = try KernelParameter(parsing: text, ownNetwork: network != .host)
      return (parameter.name, parameter.value)
    }
    let requests = try MountRequest.ordered(mounts, volumes: config.volumes)
    spec.mounts = try mounts(requests, host, image)
    var draft = ContainerDraft(spec: spec, network: network, hostname: name, mounts: requests)
    try connect(&draft, host)
    try confine(&draft, isRoot: identity.user == 0, profile: profile, host)
    return draft
  }

  private func stopSignal(of config: RunConfig) throws(Failure) -> Int32 {
    if let stopSignal { return stopSignal.number }
    guard let text = config.stopSignal, !text.isEmpty else { return Signal.terminate.number }
    do { return try Signal(parsing: text).number } catch {
      throw Failure(.invalid, "", "the image's StopSignal: \(error.problem)")
    }
  }

  private func environment(
    _ config: RunConfig, hostname: String, home: String
  ) throws(Failure) -> [String] {
    var result = Variables()
    result["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    result["HOSTNAME"] = hostname
    if hasTerminal { result["TERM"] = "xterm" }
    for entry in config.env { result.set(image: entry) }
    for change in variables { result[change.name] = change.value }
    if (result["HOME"] ?? "").isEmpty { result["HOME"] = home }
    let list = result.list
    guard !list.contains(where: { $0.utf8.contains(0) }) else {
      throw Failure(.invalid, "", "the image's environment holds a NUL")
    }
    return list
  }

  private func directory(_ config: RunConfig) throws(Failure) -> String {
    if let given = workingDirectory {
      guard let path = ContainerPath(given) else {
        throw Failure(
          .usage, "-w \(given)", "the working directory is invalid, it needs to be an absolute path")
      }
      return path.description
    }
    // Docker takes a relative one of an image from the root.
    guard let path = ContainerPath("/\(config.workingDir)") else {
      throw Failure(.invalid, "", "the image's WorkingDir holds a NUL")
    }
    return path.description
  }

  private func mounts(
    _ requests: [MountRequest], _ host: HostFacts, _ image: (String) throws(Failure) -> ContainerOverlay
  ) throws(Failure) -> [ContainerMount] {
    let isOpen = security.isPrivileged || !security.hasSystemPaths
    var result = SystemPaths.mounts(sharedMemory: sharedMemory, isOpen: isOpen)
      .filter { standard in
        // Whoever mounts something over one of them, or over what it lies in, gets that in its place.
        !requests.contains { ContainerPath(standard.target)?.isIn($0.target.description) ?? false }
      }
    for request in requests { result.append(try request.mount(in: host.directory, image)) }
    return result
  }

  private func connect(_ draft: inout ContainerDraft, _ host: HostFacts) throws(Failure) {
    try resolution.check()
    try PortMapping.check(ports)
    if let port = ports.first, network != .pasta {
      throw Failure(
        .usage, "-p \(port.host.map { "\($0.lowerBound):" } ?? "")\(port.container.lowerBound)",
        "published ports need --network pasta, not \(network)")
    }
    let gateway = self.hosts.first { $0.address == NetworkFiles.Host.hostGateway }
    if let gateway, host.address == nil {
      throw Failure(
        .failed, "--add-host \(gateway.name):\(gateway.address)",
        "this host has no address: it has no route to others")
    }
    draft.spec.namespaces.network = network == .host ? .host : .own
    let resolver = NetworkFiles.resolver(resolution, mode: network, host: host.resolver)
    if network == .pasta {
      draft.pasta = Pasta(ports: ports, resolver: resolver.isForwarded ? Pasta.resolverAddress : nil)
      draft.pasta?.reachesHost = gateway != nil
    }
    let hosts = NetworkFiles.hosts(
      hostname: draft.hostname, mode: network, added: self.hosts, host: host.hosts, gateway: host.address)
    let files = [
      ProvidedFile("/etc/resolv.conf", resolver.content),
      ProvidedFile("/etc/hostname", Array("\(draft.hostname)\n".utf8)), ProvidedFile("/etc/hosts", hosts),
    ]
    draft.spec.files = files.filter { file in
      !draft.mounts.contains { ContainerPath(file.path)?.isIn($0.target.description) ?? false }
    }
  }
}
