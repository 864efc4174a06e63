import System

extension RegistryConfiguration {
  /// The credentials for an endpoint; nil where none are stored.
  public func credentials(for endpoint: Endpoint) throws(Failure) -> Credentials? { nil }
}
