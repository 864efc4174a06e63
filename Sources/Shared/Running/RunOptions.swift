import CommandLine
import Container
import Glibc
import System

/// All options of ctr-run, as they stood, and what stands behind them.
public struct RunOptions: Sendable {
  var process: ProcessOptions
  var files: FileOptions
  var network: NetworkOptions
  var confinement: ConfinementOptions
  var life: LifeOptions
  /// IMAGE; nil where it was left out.
  var image: ImageArgument?
  /// The command and its arguments.
  var command: [String]

  /// These options and operands.
  ///
  /// - Parameter operands: IMAGE and the command, or with `--rootfs` the command alone.
  public init(
    _ process: ProcessOptions, _ files: FileOptions, _ network: NetworkOptions,
    _ confinement: ConfinementOptions, _ life: LifeOptions, operands: [String]
  ) {
    self.process = process
    self.files = files
    self.network = network
    self.confinement = confinement
    self.life = life
    // A terminator before IMAGE is the parser's, one behind it the command's.
    let operands = operands.first == "--" ? operands.dropFirst() : operands[...]
    var rest = operands.map { ImageArgument(argument: $0) }
    if files.rootfs == nil, !rest.isEmpty { image = rest.removeFirst() }
    command = rest.map(\.text)
  }
}

extension RunOptions {
  /// What they ask for.
  ///
  /// - Parameter hasPasta: whether pasta(1) is installed, which then is the default.
  /// - Throws: `usage`; what reading a file of variables throws.
  func request(_ environment: Environment, hasPasta: Bool) throws(Failure) -> ContainerRequest {
    var request = ContainerRequest()
    request.entrypoint = process.entrypoint
    request.arguments = command
    request.variables = try variables(environment)
    request.workingDirectory = process.workdir
    request.user = process.user
    request.groups = process.groupAdd
    request.hasReaper = process.hasReaper
    request.hasTerminal = process.tty
    request.preservedDescriptors = process.preserveFds
    try setProcess(&request)
    try setNetwork(&request, hasPasta: hasPasta)
    try setFiles(&request)
    try setConfinement(&request)
    return request
  }

  private func variables(_ environment: Environment) throws(Failure) -> [VariableChange] {
    func caller(_ name: String) -> String? { environment.variables[name] }
    var changes: [VariableChange] = []
    for path in process.envFile {
      do { changes += try VariableChange.file(HostFile.content(path), caller: caller) } catch {
        throw error.about(path)
      }
    }
    for text in process.env { changes.append(try VariableChange(parsing: text, caller: caller)) }
    return changes
  }

  private func setProcess(_ request: inout ContainerRequest) throws(Failure) {
    if let text = process.umask {
      guard let mask = UInt32(text, radix: 8), mask <= 0o777 else {
        throw Failure(.usage, "--umask \(text)", "is no octal mask")
      }
      request.umask = mask
    }
    if let text = process.stopSignal {
      request.stopSignal = try named("--stop-signal \(text)") { () throws(Failure) in
        try Signal(parsing: text)
      }
    }
    if let seconds = process.stopTimeout, seconds != -1 {
      guard let seconds = UInt32(exactly: seconds) else {
        throw Failure(.usage, "--stop-timeout \(seconds)", "is no number of seconds")
      }
      request.stopTimeout = seconds
    }
    if let number = process.oomScoreAdj {
      guard (-1000...1000).contains(number) else {
        throw Failure(.usage, "--oom-score-adj \(number)", "is not between -1000 and 1000")
      }
      request.oomScoreAdjustment = Int16(number)
    }
    for text in process.ulimit { request.resourceLimits.append(try ResourceLimit(parsing: text)) }
  }

  private func setNetwork(_ request: inout ContainerRequest, hasPasta: Bool) throws(Failure) {
    if let text = network.network {
      request.network = try NetworkMode(parsing: text)
    }
    guard request.network != .pasta || hasPasta || life.print == .kube else {
      throw Failure(
        .usage, "--network pasta",
        "pasta is not installed (Debian: apt install \(Pasta.package)); or use --network none or host")
    }
    for text in network.publish { request.ports.append(try PortMapping(parsing: text)) }
    request.hostname = network.hostname
    for text in network.addHost { request.hosts.append(try NetworkFiles.Host(parsing: text)) }
    request.resolution.servers = network.dns
    request.resolution.search = network.dnsSearch
    request.resolution.options = network.dnsOption
    request.kernelParameters = network.sysctl
  }

  private func setFiles(_ request: inout ContainerRequest) throws(Failure) {
    for text in files.volume {
      request.mounts.append(
        try named("-v \(text)") { () throws(Failure) in try MountRequest(volume: text) })
    }
    for text in files.mount {
      request.mounts.append(
        try named("--mount \(text)") { () throws(Failure) in try MountRequest(mount: text) })
    }
    for text in files.tmpfs {
      request.mounts.append(
        try named("--tmpfs \(text)") { () throws(Failure) in try MountRequest(tmpfs: text) })
    }
    for text in files.device {
      request.devices.append(
        try named("--device \(text)") { () throws(Failure) in try DeviceRequest(parsing: text) })
    }
    request.isReadOnly = files.readOnly
    if let text = files.shmSize {
      let size = try named("--shm-size \(text)") { () throws(Failure) in try ByteSize(parsing: text).bytes }
      guard size > 0 else { throw Failure(.usage, "--shm-size \(text)", "must be more than 0") }
      request.sharedMemory = size
    }
  }

  private func setConfinement(_ request: inout ContainerRequest) throws(Failure) {
    var limits = LimitOptions()
    limits.memory = confinement.memory
    limits.memorySwap = confinement.memorySwap
    limits.cpus = confinement.cpus
    limits.cpuset = confinement.cpusetCpus
    limits.pids = confinement.pidsLimit
    limits.blkioWeight = confinement.blkioWeight
    request.limits = try CgroupLimits(limits, processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    request.security.added = confinement.capAdd
    request.security.dropped = confinement.capDrop
    request.security.isPrivileged = confinement.privileged
    for text in confinement.securityOpt { try request.security.set(option: text) }
  }

  private func named<Value>(
    _ option: String, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    do { return try body() } catch { throw error.about(option) }
  }
}
