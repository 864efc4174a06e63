import Image
import System

/// Where registries are, whom to trust there and who we are: all that files and variables say of registries.
public struct RegistryConfiguration: Sendable {
  /// What the configuration is made from; nothing else is looked at.
  public struct Sources: Sendable {
    /// The environment (interface.md §5).
    public var environment: [String: String]
    /// The hosts of `--insecure`; one without a port means each of its ports.
    public var insecureHosts: [String]
    /// The user, for `/run/containers/UID` where XDG_RUNTIME_DIR is not set.
    public var userID: UInt32
    /// What stands before the paths of the system's files (`/etc`, `/run`).
    public var systemRoot: String

    /// The given sources.
    public init(
      environment: [String: String], insecureHosts: [String] = [], userID: UInt32, systemRoot: String = ""
    ) {
      self.environment = environment
      self.insecureHosts = insecureHosts
      self.userID = userID
      self.systemRoot = systemRoot
    }

    /// A variable; nil where it is not set or empty.
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
  }

  let sources: Sources
  let registries: RegistriesFile
  /// How long a credential helper may take: people may have to type a passphrase.
  var helperTimeout = 60.0

  /// Reads registries.conf and its drop-ins where they exist.
  ///
  /// - Throws: `.usage` for an `--insecure` host that is none, else what is wrong with which file.
  public init(_ sources: Sources) throws(Failure) {
    for host in sources.insecureHosts where Host(host) == nil {
      throw Failure(.usage, "--insecure \(host)", "is not HOST[:PORT]")
    }
    self.sources = sources
    registries = try RegistriesFile.load(sources)
  }
}
