/// The proxies requests go through, as the environment names them (curl(1), ENVIRONMENT).
public struct Proxies: Hashable, Sendable {
  /// For plain http.
  public var http: String?
  /// For https.
  public var https: String?
  /// Hosts that are spoken to directly, separated by commas.
  public var noProxy: String?

  /// The proxies of these addresses.
  public init(http: String? = nil, https: String? = nil, noProxy: String? = nil) {
    self.http = http
    self.https = https
    self.noProxy = noProxy
  }
}
