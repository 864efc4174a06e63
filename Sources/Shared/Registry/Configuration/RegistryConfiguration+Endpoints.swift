import Image
import System

extension RegistryConfiguration {
  /// Where to look for an image, in order: its mirrors, then its registry.
  ///
  /// This machine is spoken to in plain http, unless it is marked insecure (then https comes first) or there are
  /// certificates for it in certs.d.
  ///
  /// - Throws: `.denied` where registries.conf blocks the image.
  public func endpoints(for image: Reference) throws(Failure) -> [Endpoint] {
    guard let registry = registries.registry(for: image), let rest = registry.rest(of: image)
    else { return [try endpoint(image, insecure: false)] }
    guard !registry.blocked else {
      throw Failure(.denied, image.description, "is blocked by \(registry.origin)")
    }
    func rewritten(_ location: RegistryName?) throws(Failure) -> Reference {
      guard let location else { return image }
      do throws(Failure) { return try Reference(parsing: location.name + rest) } catch {
        throw Failure(.failed, registry.origin, "makes of \(image) what is no name: \(location.name)\(rest)")
      }
    }
    var endpoints: [Endpoint] = []
    for mirror in registry.mirrors where mirror.use.serves(digest: image.digest != nil) {
      endpoints.append(try endpoint(rewritten(mirror.location), insecure: mirror.insecure, isMirror: true))
    }
    return endpoints + [try endpoint(rewritten(registry.location), insecure: registry.insecure)]
  }

  private func endpoint(
    _ image: Reference, insecure: Bool, isMirror: Bool = false
  ) throws(Failure) -> Endpoint {
    let host = Self.dockerHosts.contains(image.domain) ? "registry-1.docker.io" : image.domain
    guard let parsed = Host(host) else { throw Failure(.usage, image.description, "\(host) is no host") }
    let insecure = insecure || isInsecure(parsed)
    let isPlain =
      if parsed.isLoopback, !insecure { try certificateDirectory(for: host) == nil } else { false }
    return Endpoint(
      scheme: isPlain ? .http : .https, host: host, repository: image.path, insecure: insecure,
      isMirror: isMirror)
  }

  private func isInsecure(_ host: Host) -> Bool {
    sources.insecureHosts.contains { text in
      guard let mark = Host(text == Reference.defaultDomain ? "registry-1.docker.io" : text) else {
        return false
      }
      return mark.name == host.name && (mark.port == nil || mark.port == host.port)
    }
  }

  /// The names that docker.io goes by.
  static let dockerHosts: Set = ["docker.io", "index.docker.io", "registry-1.docker.io"]
}
