import Container
import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System

/// Makes the draft of a RUN's container: as docker build runs it.
struct RunPlanner {
  private let instruction: RunInstruction
  private let command: RunCommand
  private let stage: RunStage
  private let surroundings: RunSurroundings

  /// The host name in all of them: nothing of this machine gets into what they make.
  static let hostname = "build"

  /// For `instruction` in `stage`.
  init(
    _ instruction: RunInstruction, _ command: RunCommand, _ stage: RunStage, _ surroundings: RunSurroundings
  ) {
    self.instruction = instruction
    self.command = command
    self.stage = stage
    self.surroundings = surroundings
  }

  /// The container of the command.
  ///
  /// - Parameters:
  ///   - upper: where its changes go.
  ///   - sketch: an empty directory for what is to be there for mounts.
  func draft(
    _ mounts: RunMounts, upper: UpperDirectory, sketch: String
  ) throws(Failure) -> ContainerDraft {
    let view = try surroundings.view(of: stage.layers)
    var layer = try SketchLayer(at: sketch, over: view)
    var accounts = Accounts(passwd: [], group: [])
    if let view { accounts = try Accounts(in: .layers(view)) }
    let root = ContainerRoot.overlay(try overlay(sketch, upper))
    var config = RunConfig()
    (config.env, config.user, config.workingDir) = (stage.environment, stage.user, stage.workingDirectory)
    let source = ContainerSource(config: config, root: root, accounts: accounts, host: surroundings.host)
    var draft = try request(mounts).draft(source) { (text) throws(Failure) in
      throw Failure(.usage, text, "is no mount of a build")
    }
    finish(&draft.spec, mounts)
    try provide(draft.spec, mounts, in: &layer)
    if let profile = draft.profile {
      draft.spec.seccomp = try SeccompFilter(profile, cachedIn: surroundings.filters).program
    }
    return draft
  }

  /// What is to be there for mounts, but for those in other mounts.
  private func provide(
    _ spec: ContainerSpec, _ mounts: RunMounts, in layer: inout SketchLayer
  ) throws(Failure) {
    let targets = spec.mounts.map { ($0.target, mounts.areFiles.contains($0.target)) }
    for (target, isFile) in targets + spec.files.map({ ($0.path, true) }) {
      guard let path = ContainerPath(target),
        !targets.contains(where: { $0.0 != target && path.isIn($0.0) })
      else { continue }
      try layer.provide(target, isFile: isFile)
    }
    try layer.finish()
  }

  private func overlay(_ sketch: String, _ upper: UpperDirectory) throws(Failure) -> ContainerOverlay {
    let chain = LayerChain(stage.layers, in: surroundings.store)
    let lowers = chain.layers.isEmpty ? [] : try chain.lowerDirectories(.absolute, upper: true)
    return ContainerOverlay(
      lowers: ([sketch] + lowers).map { .path($0) }, dialect: surroundings.dialect,
      upper: .directory(upper.path, work: upper.work))
  }

  private func request(_ mounts: RunMounts) throws(Failure) -> ContainerRequest {
    var request = surroundings.request
    request.arguments = command.arguments
    let set = Set(stage.environment.map { $0.prefix { $0 != "=" } })
    request.variables = stage.arguments.filter { !set.contains($0.name[...]) }
      .map { VariableChange($0.name, $0.value) }
    request.variables += mounts.variables
    request.hostname = Self.hostname
    request.network = try network()
    // With pasta it is there already.
    if request.network != .pasta { request.hosts.append(try .init(parsing: "\(Self.hostname):127.0.1.1")) }
    // What Docker's containers have; apt, dpkg, useradd, su and sudo are to work.
    request.security.added = ["MKNOD", "NET_RAW", "AUDIT_WRITE"]
    request.security.noNewPrivileges = false
    request.security.isPrivileged = instruction.security == "insecure"
    return request
  }

  /// What the draft has otherwise than a build.
  private func finish(_ spec: inout ContainerSpec, _ mounts: RunMounts) {
    // Those who say nothing of it don't get a name of their own in the environment.
    let known = (stage.environment + stage.arguments.map { "\($0.name)=" }).contains {
      $0.hasPrefix("HOSTNAME=")
    }
    if !known { spec.env.removeAll { $0.hasPrefix("HOSTNAME=") } }
    if UserNamespace.deniesGroups { spec.user.additionalGids = [] }
    spec.mounts.removeAll { mounts.cover($0.target) }
    spec.files.removeAll { mounts.cover($0.path) || $0.path == "/etc/hostname" }
    spec.mounts += mounts.mounts
    spec.files += mounts.files
    if let script = command.script { spec.files.append(script) }
  }

  // MARK: Network

  /// The network that is asked for.
  ///
  /// The default one is by pasta where that can be had, else the host's, so that what docker builds is built here, too.
  private func network() throws(Failure) -> NetworkMode {
    switch instruction.network ?? surroundings.network ?? "default" {
    case "none": return .none
    case "host": return .host
    case "default": return surroundings.networkShortcoming == nil ? .pasta : .host
    case let other: throw Failure(.usage, "--network=\(other.oneLine)", "is none of default, none, host")
    }
  }

  /// Connects the container; where nothing connects this machine either, it stays alone.
  func connect(_ draft: ContainerDraft, _ container: RunningContainer) throws(Failure) -> PastaProcess? {
    guard let pasta = draft.pasta, let path = surroundings.pasta else { return nil }
    do throws(Failure) {
      return try PastaProcess(path, pasta, connecting: container.pid, scratch: surroundings.scratch)
    } catch {
      surroundings.notice("RUN has no network: \(error.subject): \(error.problem)")
      return nil
    }
  }
}

extension RunSurroundings {
  /// Why RUN has the network of the host where it says nothing else, and the way out; nil where it has one of its own.
  var networkShortcoming: String? {
    if pasta == nil {
      return "RUN has the host's network: pasta is not installed (Debian: apt install \(Pasta.package))"
    }
    guard access("/dev/net/tun", R_OK | W_OK) == 0 else {
      return "RUN has the host's network: /dev/net/tun: \(Errno.current)"
    }
    return nil
  }
}
