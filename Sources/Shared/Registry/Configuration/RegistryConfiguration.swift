import Image
import System

/// Where registries are, whom to trust there and who we are: all that files and variables say of registries.
public struct RegistryConfiguration: Sendable {
  /// What the configuration is made from; nothing else is looked at.
  public struct Sources: Sendable {
    /// The environment (interface.md §5).
    public var environment: [String: String]
    /// Hosts of `--insecure`, with or without port.
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
  }

  let sources: Sources

  /// Reads registries.conf and its drop-ins where they exist.
  ///
  /// - Throws: `.usage` for an `--insecure` host that is none, else what is wrong with which file.
  public init(_ sources: Sources) throws(Failure) {
    self.sources = sources
  }

  /// Where to look for an image, in order: the mirrors, then the registry itself.
  ///
  /// - Throws: `.denied` where registries.conf blocks it.
  public func endpoints(domain: String, path: String, tag: String?, digest: Digest?) throws(Failure)
    -> [Endpoint]
  {
    [
      Endpoint(
        scheme: .https, host: domain == "docker.io" ? "registry-1.docker.io" : domain, repository: path)
    ]
  }

  /// The credentials for an endpoint; nil where none are stored.
  public func credentials(for endpoint: Endpoint) throws(Failure) -> Credentials? { nil }

  /// The certificates for a host, with its port where it has one.
  public func certificates(for host: String) throws(Failure) -> Certificates { Certificates() }

  /// The proxies of the environment.
  public var proxies: Proxies { Proxies() }
}
