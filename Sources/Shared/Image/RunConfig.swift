import System

/// How an image is run: the `config` object of its configuration (image-spec, config.md; Docker's additions).
public struct RunConfig: Hashable, Sendable {
  /// `NAME=VALUE`, in order.
  public var env: [String] = []
  /// The default arguments; nil where there are none.
  public var cmd: [String]?
  /// The command itself; nil where there is none.
  public var entrypoint: [String]?
  /// The directory it starts in; empty for the root.
  public var workingDir = ""
  /// `USER[:GROUP]`, by name or number; empty for root.
  public var user = ""
  /// Directories that outlive the container, in order.
  public var volumes: [String] = []
  /// `PORT[/PROTOCOL]`, in order.
  public var exposedPorts: [String] = []
  /// Labels.
  public var labels: [String: String] = [:]
  /// The signal that stops it, by name or number.
  public var stopSignal: String?
  /// How its health is checked.
  public var healthcheck: Healthcheck?
  /// Instructions for the build of an image on top of this one.
  public var onBuild: [String] = []
  /// The shell of instructions in shell form.
  public var shell: [String]?
  /// Whether the arguments are a Windows command line already.
  public var argsEscaped = false

  /// How a container's health is checked (Docker's addition); times in nanoseconds.
  public struct Healthcheck: Hashable, Sendable {
    /// The test: `NONE`, or `CMD` or `CMD-SHELL` and its arguments; empty where inherited.
    public var test: [String]
    /// The time between two checks.
    public var interval: Int64?
    /// The time after which one counts as failed.
    public var timeout: Int64?
    /// The time at the start in which failures don't count.
    public var startPeriod: Int64?
    /// The time between two checks at the start.
    public var startInterval: Int64?
    /// The failures in a row after which it counts as unhealthy.
    public var retries: Int64?
  }

  /// Nothing said: root runs what it is told to.
  public init() {}
}

extension RunConfig {
  init(_ fields: Fields?) throws(Failure) {
    self.init()
    guard let fields else { return }
    env = try fields.strings("Env") ?? []
    cmd = try fields.strings("Cmd")
    entrypoint = try fields.strings("Entrypoint")
    workingDir = try fields.string("WorkingDir") ?? ""
    user = try fields.string("User") ?? ""
    volumes = try fields.keys("Volumes") ?? []
    exposedPorts = try fields.keys("ExposedPorts") ?? []
    labels = try fields.stringMap("Labels") ?? [:]
    stopSignal = try fields.string("StopSignal")
    healthcheck = try fields.object("Healthcheck").map { (check) throws(Failure) in try Healthcheck(check) }
    onBuild = try fields.strings("OnBuild") ?? []
    shell = try fields.strings("Shell")
    argsEscaped = try fields.bool("ArgsEscaped") ?? false
  }
}

extension RunConfig.Healthcheck {
  init(_ fields: Fields) throws(Failure) {
    test = try fields.strings("Test") ?? []
    interval = try fields.integer("Interval")
    timeout = try fields.integer("Timeout")
    startPeriod = try fields.integer("StartPeriod")
    startInterval = try fields.integer("StartInterval")
    retries = try fields.integer("Retries")
  }
}

extension Fields {
  /// The keys of an object that stands for a set, in order.
  func keys(_ key: String) throws(Failure) -> [String]? {
    try value(key, "an object") { $0.object?.members.map(\.key) }
  }
}
