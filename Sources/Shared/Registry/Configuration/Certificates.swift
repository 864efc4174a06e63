/// The certificates set up for one host (certs.d).
public struct Certificates: Hashable, Sendable {
  /// A client's certificate and its private key, paths of PEM files.
  public struct Client: Hashable, Sendable {
    /// The certificate's path.
    public var certificate: String
    /// The key's path.
    public var key: String

    /// A pair of paths.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Paths of PEM files with further authorities, trusted besides the system's.
  public var authorities: [String]
  /// Certificates to show where the server asks.
  public var clients: [Client]

  /// The certificates at these paths.
  public init(authorities: [String] = [], clients: [Client] = []) {
    self.authorities = authorities
    self.clients = clients
  }
}
