/// Which certificates to trust and to show when speaking TLS to one host (certs.d, `SSL_CERT_FILE`, `SSL_CERT_DIR`).
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
  /// The file that stands in for the system's bundle of authorities (`SSL_CERT_FILE`).
  public var bundle: String?
  /// The directories that stand in for the system's (`SSL_CERT_DIR`), separated by colons.
  public var directory: String?

  /// The certificates at these paths.
  public init(
    authorities: [String] = [], clients: [Client] = [], bundle: String? = nil, directory: String? = nil
  ) {
    self.authorities = authorities
    self.clients = clients
    self.bundle = bundle
    self.directory = directory
  }
}
