import Image
import System

extension RegistryConfiguration {
  /// Where to ask for `path` below the repository of `reference`.
  func targets(_ reference: Reference, _ path: String) throws(Failure) -> [Exchange.Target] {
    let endpoints = try endpoints(for: reference)
    var targets: [Exchange.Target] = []
    for endpoint in endpoints {
      let path = "/v2/\(endpoint.repository)/\(path)"
      guard let address = HTTPAddress(endpoint.scheme, authority: endpoint.host, path: path) else {
        throw Failure(.usage, endpoint.host, "is no name of a registry")
      }
      var target = Exchange.Target(address: address, endpoint: endpoint, trustsAnyone: endpoint.insecure)
      if endpoint.insecure, endpoint.scheme == .https {
        target.fallback = HTTPAddress(.http, authority: endpoint.host, path: path)
      }
      targets.append(target)
    }
    return targets
  }
}
