import Image
import System

extension RegistryConfiguration {
  /// Where to look for an image, in order: its mirrors, then its registry.
  ///
  /// This machine is spoken to in plain http, unless it is marked insecure (then https comes first) or there are
  /// certificates for it in certs.d.
  ///
  /// - Throws: `.denied` where registries.conf blocks the image.
  public func endpoints(domain: String, path: String, tag: String?, digest: Digest?) throws(Failure)
    -> [Endpoint]
  {
    let name = "\(domain)/\(path)"
    guard let registry = registries.registry(for: name, tag: tag, digest: digest),
      let rest = registry.rest(of: name, tag: tag, digest: digest)
    else { return [try endpoint(domain, path)] }
    guard !registry.blocked else { throw Failure(.denied, name, "is blocked by \(registry.origin)") }
    var endpoints: [Endpoint] = []
    for mirror in registry.mirrors where mirror.use.serves(digest: digest != nil) {
      let (host, path) = try rewritten(mirror.location, rest, registry)
      endpoints.append(try endpoint(host, path, insecure: mirror.insecure, isMirror: true))
    }
    let (host, path) =
      try registry.location.map { (location) throws(Failure) in
        try rewritten(location, rest, registry)
      } ?? (domain, path)
    return endpoints + [try endpoint(host, path, insecure: registry.insecure)]
  }

  private func rewritten(
    _ location: RegistryName, _ rest: Substring, _ registry: RegistriesFile.Registry
  ) throws(Failure) -> (String, String) {
    let name = location.name + rest
    guard let parts = RegistryName.split(name) else {
      throw Failure(.failed, registry.origin, "rewrites the image's name to \(name), which is none")
    }
    return parts
  }

  private func endpoint(
    _ domain: String, _ path: String, insecure: Bool = false, isMirror: Bool = false
  ) throws(Failure) -> Endpoint {
    let host = Self.dockerHosts.contains(domain) ? "registry-1.docker.io" : domain
    let insecure = insecure || isInsecure(host) || isInsecure(domain)
    let isPlain = try !insecure && Host(host)?.isLoopback == true && certificateDirectory(for: host) == nil
    return Endpoint(
      scheme: isPlain ? .http : .https, host: host, repository: path, insecure: insecure, isMirror: isMirror)
  }

  private func isInsecure(_ host: String) -> Bool {
    sources.insecureHosts.contains { marked in
      guard marked != host, let mark = Host(marked), mark.port == nil else { return marked == host }
      return mark.name == Host(host)?.name
    }
  }

  /// The names that docker.io goes by.
  static let dockerHosts: Set = ["docker.io", "index.docker.io", "registry-1.docker.io"]
}
