import System

/// What is to be run, and in what surroundings: values only, near the words of the OCI runtime-spec (config.md).
///
/// Nothing is looked up from here on: names of users are numbers, the seccomp profile is a compiled program, files
/// have their content. Only `args[0]` is searched for, in the PATH of `env`, within the container.
public struct ContainerSpec: Sendable {
  /// What `/` is.
  public var root: ContainerRoot
  /// Whether `/` is mounted read-only; mounts on it (volumes too) are as they say themselves.
  public var isRootReadOnly = false

  /// The command and its arguments; never empty.
  public var args: [String]
  /// `NAME=VALUE`, in order.
  public var env: [String] = []
  /// The absolute path of the directory it starts in; made where it is missing.
  public var workingDirectory = "/"
  /// As whom it runs.
  public var user = ContainerUser()
  /// Standard input, with a terminal what is copied to it; nil is /dev/null.
  public var standardInput: FileDescriptor?
  /// Standard output; nil is the runner's.
  public var standardOutput: FileDescriptor?
  /// Standard error; nil is the runner's.
  public var standardError: FileDescriptor?
  /// Whether it gets a terminal of its own, of which the runner's is the other end.
  public var hasTerminal = false
  /// How many descriptors from 3 on are passed on; all others are closed.
  public var preservedDescriptors: UInt32 = 0
  /// Whether process 1 is a reaper that starts the command and forwards signals to it.
  public var hasReaper = false

  /// Which namespaces are its own.
  public var namespaces = ContainerNamespaces()
  /// The host name; only with an UTS namespace.
  public var hostname: String?
  /// Mounts in order, proc, sysfs and /dev among them (runtime-spec, config-linux.md, Default Filesystems).
  ///
  /// A tmpfs at `/dev` is filled with the default devices and links by the runtime.
  public var mounts: [ContainerMount] = []
  /// Devices beyond the default ones.
  public var devices: [ContainerDevice] = []
  /// Whether device nodes work wherever they lie.
  ///
  /// Else only those in /dev that the spec has do: all mounts are `nodev`, so that a node in an image, a bind or made
  /// by the container opens nothing. This needs no control group.
  public var allowsAllDevices = false
  /// Files that are shown whatever the image has there: /etc/hosts, /etc/resolv.conf, /etc/hostname.
  public var files: [ProvidedFile] = []
  /// Paths that are hidden; those that don't exist are passed over.
  public var maskedPaths: [String] = []
  /// Paths that are read-only; those that don't exist are passed over.
  public var readOnlyPaths: [String] = []

  /// What of root's power it has.
  public var capabilities = ContainerCapabilities()
  /// Whether executing a program can't gain anything (prctl(2), PR_SET_NO_NEW_PRIVS).
  public var noNewPrivileges = true
  /// The compiled filter, an array of `struct sock_filter` (seccomp(2)); nil for none.
  public var seccomp: [UInt8]?
  /// The limits of setrlimit(2).
  public var resourceLimits: [ResourceLimit] = []
  /// Kernel settings of its namespaces, `net.ipv4.ip_forward` and its value, in order.
  public var sysctls: [(name: String, value: String)] = []
  /// The value of /proc/self/oom_score_adj; nil leaves the runner's.
  public var oomScoreAdjustment: Int16?
  /// What the control groups allow.
  public var limits = CgroupLimits()

  /// What SIGTERM to the runner sends to the command.
  public var stopSignal: CInt = 15
  /// The seconds after SIGTERM at which it is killed; nil waits for ever.
  public var stopTimeout: UInt32?

  /// A spec that runs `args` in `root`, with nothing mounted and no power.
  public init(root: ContainerRoot, args: [String]) {
    self.root = root
    self.args = args
  }
}

/// As whom a command runs, in the numbers of its user namespace.
public struct ContainerUser: Hashable, Sendable {
  /// The user.
  public var uid: UInt32 = 0
  /// The group.
  public var gid: UInt32 = 0
  /// The supplementary groups.
  public var additionalGids: [UInt32] = []
  /// The mask of modes of new files.
  public var umask: UInt32 = 0o022

  /// Root, in its group alone.
  public init() {}
}

/// Which namespaces a container has of its own, besides the mount namespace (namespaces(7)).
public struct ContainerNamespaces: Hashable, Sendable {
  /// The network it is in.
  public enum Network: Hashable, Sendable {
    /// One of its own, in which only `lo` is there, and up.
    case own
    /// The runner's.
    case host
    /// The one that this file stands for (`/run/netns/NAME`, `/proc/PID/ns/net`).
    case path(String)
  }

  /// The network.
  public var network = Network.own
  /// The map of a user namespace of its own; nil for the runner's, which is one of an ordinary user's already.
  public var user: IdentityMap?
  /// Processes.
  public var hasPID = true
  /// System V IPC and POSIX message queues.
  public var hasIPC = true
  /// The host name.
  public var hasUTS = true
  /// The root of what it sees of control groups.
  public var hasCgroup = true

  /// All but a user namespace.
  public init() {}
}

/// A limit of setrlimit(2).
public struct ResourceLimit: Hashable, Sendable {
  /// The number of RLIMIT_….
  public var resource: UInt32
  /// The soft limit; `.max` is unlimited.
  public var soft: UInt64
  /// The hard limit; `.max` is unlimited.
  public var hard: UInt64

  /// A limit of `resource`.
  public init(resource: UInt32, soft: UInt64, hard: UInt64) {
    self.resource = resource
    self.soft = soft
    self.hard = hard
  }
}
