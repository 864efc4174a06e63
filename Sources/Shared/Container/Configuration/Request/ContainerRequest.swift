/// What a user asks for besides an image, in the words of docker run; what is nil or empty is as the image has it.
public struct ContainerRequest: Sendable {
  /// `--entrypoint`; empty for none.
  public var entrypoint: String?
  /// What stands behind IMAGE.
  public var arguments: [String] = []
  /// `--env-file` and `-e`, in the order in which they count.
  public var variables: [VariableChange] = []
  /// `-w`.
  public var workingDirectory: String?
  /// `-u`.
  public var user: String?
  /// `--group-add`.
  public var groups: [String] = []
  /// `--umask`.
  public var umask: UInt32 = 0o022
  /// `--stop-signal`.
  public var stopSignal: Signal?
  /// `--stop-timeout`, seconds.
  public var stopTimeout: UInt32?
  /// `--init`.
  public var hasReaper = false
  /// `-t`.
  public var hasTerminal = false
  /// `--preserve-fds`.
  public var preservedDescriptors: UInt32 = 0

  /// `--hostname`.
  public var hostname: String?
  /// `--network`.
  public var network = NetworkMode.pasta
  /// `-p`.
  public var ports: [PortMapping] = []
  /// `--add-host`.
  public var hosts: [NetworkFiles.Host] = []
  /// `--dns` and those like it.
  public var resolution = NetworkFiles.Resolution()

  /// `-v`, `--mount`, `--tmpfs`.
  public var mounts: [MountRequest] = []
  /// `--device`.
  public var devices: [DeviceRequest] = []
  /// `--read-only`.
  public var isReadOnly = false
  /// `--shm-size`, bytes.
  public var sharedMemory: UInt64 = 64 << 20

  /// Limits of control groups.
  public var limits = CgroupLimits()
  /// `--ulimit`.
  public var resourceLimits: [ResourceLimit] = []
  /// `--sysctl`, `NAME=VALUE` each.
  public var kernelParameters: [String] = []
  /// `--oom-score-adj`.
  public var oomScoreAdjustment: Int16?

  /// `--cap-add`, `--cap-drop`, `--security-opt`, `--privileged`.
  public var security = SecurityRequest()

  /// Nothing: the image decides.
  public init() {}
}
