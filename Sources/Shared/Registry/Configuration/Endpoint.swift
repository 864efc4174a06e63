/// A place that serves a repository: a registry, or a mirror of one.
public struct Endpoint: Hashable, Sendable {
  /// How it is spoken to.
  public enum Scheme: String, Sendable {
    case http
    case https
  }

  /// How it is spoken to first.
  public var scheme: Scheme
  /// The host name or address, with `:PORT` where it is not the scheme's own.
  public var host: String
  /// The repository's path there, as rewritten by the configuration.
  public var repository: String
  /// Whether its certificate is not verified, and plain http will do where https is not answered.
  public var insecure: Bool
  /// Whether it stands in for another registry.
  public var isMirror: Bool
  /// What a token must be good for, as token servers call it (`repository:NAME:pull,push`); empty: what the registry
  /// asks for.
  var scopes: [String] = []

  /// A place from its parts.
  public init(
    scheme: Scheme, host: String, repository: String, insecure: Bool = false, isMirror: Bool = false
  ) {
    self.scheme = scheme
    self.host = host
    self.repository = repository
    self.insecure = insecure
    self.isMirror = isMirror
  }
}
