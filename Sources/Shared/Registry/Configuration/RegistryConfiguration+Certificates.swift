import System

extension RegistryConfiguration {
  /// The certificates for a host, with its port where it has one: those of the first of
  /// `~/.config/containers/certs.d`, `/etc/containers/certs.d` and `/etc/docker/certs.d` that has a directory of
  /// its name (containers-certs.d(5)), and what `SSL_CERT_FILE` and `SSL_CERT_DIR` say.
  ///
  /// - Throws: a certificate without its key or a key without its certificate.
  public func certificates(for host: String) throws(Failure) -> Certificates {
    var certificates = Certificates(
      bundle: sources.variable("SSL_CERT_FILE"), directory: sources.variable("SSL_CERT_DIR"))
    guard let (directory, names) = try certificateDirectory(for: host) else { return certificates }
    for name in names {
      let path = "\(directory)/\(name)"
      if name.hasSuffix(".crt") {
        // A regular file, lest whoever reads it waits for a FIFO.
        if try ConfigurationFile.exists(path) { certificates.authorities.append(path) }
      } else if name.hasSuffix(".cert") {
        let key = String(name.dropLast(5)) + ".key"
        guard names.contains(key) else {
          throw Failure(.failed, path, "has no \(key) beside it; an authority's certificate is named *.crt")
        }
        certificates.clients.append(Certificates.Client(certificate: path, key: "\(directory)/\(key)"))
      } else if name.hasSuffix(".key") {
        let certificate = String(name.dropLast(4)) + ".cert"
        guard names.contains(certificate) else {
          throw Failure(.failed, path, "has no \(certificate) beside it")
        }
      }
    }
    return certificates
  }

  /// The directory in certs.d of a host and the names in it; nil where there is none.
  func certificateDirectory(for host: String) throws(Failure) -> (path: String, names: [String])? {
    // A host that a stranger names must not lead elsewhere.
    guard Host(host) != nil else { return nil }
    let hosts = Self.dockerHosts.contains(host) ? ["docker.io", host] : [host]
    let home = sources.variable("HOME").map { "\($0)/.config/containers/certs.d" }
    let system = ["/etc/containers/certs.d", "/etc/docker/certs.d"].map { sources.systemRoot + $0 }
    for directory in [home].compactMap({ $0 }) + system {
      for host in hosts {
        let path = "\(directory)/\(host)"
        if let names = try ConfigurationFile.names(in: path) { return (path, names) }
      }
    }
    return nil
  }
}
