import Image
import System

/// A repository that is written to: its registry itself, never a mirror of it.
struct PushTarget: Sendable {
  /// The repository.
  let reference: Reference
  private let configuration: RegistryConfiguration
  private let endpoint: Endpoint

  /// The repository of `reference`.
  ///
  /// - Throws: `.denied` where registries.conf blocks it.
  init(_ reference: Reference, _ configuration: RegistryConfiguration) throws(Failure) {
    self.reference = reference
    self.configuration = configuration
    guard var endpoint = try configuration.endpoints(for: reference).last(where: { !$0.isMirror }) else {
      throw Failure(.failed, reference.repository, "has no registry of its own")
    }
    endpoint.scopes = ["repository:\(endpoint.repository):pull,push"]
    self.endpoint = endpoint
  }

  /// The path of the repository at its registry.
  var path: String { endpoint.repository }

  /// `path` below the repository.
  ///
  /// - Parameter source: another repository of the registry that must be readable for it.
  func target(_ path: String, readingFrom source: String? = nil) throws(Failure) -> Exchange.Target {
    var endpoint = endpoint
    if let source { endpoint.scopes.append("repository:\(source):pull") }
    let path = "/v2/\(endpoint.repository)/\(path)"
    guard let address = HTTPAddress(endpoint.scheme, authority: endpoint.host, path: path) else {
      throw Failure(.usage, endpoint.host, "is no name of a registry")
    }
    var target = Exchange.Target(address: address, endpoint: endpoint, trustsAnyone: endpoint.insecure)
    if endpoint.insecure, endpoint.scheme == .https {
      target.fallback = HTTPAddress(.http, authority: endpoint.host, path: path)
    }
    return target
  }

  /// An address that the registry has named; credentials go there only where it is the registry's own.
  func target(at address: HTTPAddress) -> Exchange.Target {
    let isHome =
      HTTPAddress(endpoint.scheme, authority: endpoint.host, path: "/")?.origin == address.origin
      || endpoint.insecure
        && HTTPAddress(.http, authority: endpoint.host, path: "/")?.origin == address.origin
    return Exchange.Target(
      address: address, endpoint: isHome ? endpoint : nil, trustsAnyone: isHome && endpoint.insecure)
  }
}
