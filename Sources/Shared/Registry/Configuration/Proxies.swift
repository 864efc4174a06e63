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

extension Proxies {
  /// The proxies that variables name: `https_proxy`, `http_proxy`, `all_proxy` for both, and `no_proxy`.
  ///
  /// Lower case comes before upper case, and a variable that is set but empty means none. This machine is never
  /// spoken to through a proxy.
  init(environment: [String: String]) {
    // As a CGI program is given the request's `Proxy:` header as HTTP_PROXY, a stranger chooses it there.
    let isCGI = environment["REQUEST_METHOD"] != nil
    let all = environment["all_proxy"] ?? environment["ALL_PROXY"]
    let http = environment["http_proxy"] ?? (isCGI ? nil : environment["HTTP_PROXY"]) ?? all
    let https = environment["https_proxy"] ?? environment["HTTPS_PROXY"] ?? all
    self.http = http.flatMap { $0.isEmpty ? nil : $0 }
    self.https = https.flatMap { $0.isEmpty ? nil : $0 }
    let direct = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
    // curl takes a star for every host only where it is alone.
    noProxy =
      direct == "*"
      ? direct : [direct, "localhost,127.0.0.0/8,::1"].filter { !$0.isEmpty }.joined(separator: ",")
  }
}

extension RegistryConfiguration {
  /// The proxies of the environment.
  public var proxies: Proxies { Proxies(environment: sources.environment) }
}
