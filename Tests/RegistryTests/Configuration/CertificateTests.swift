import Glibc
import System
import Testing

@testable import Registry

@Suite struct CertificateTests {
  private let root: ConfigurationRoot

  init() throws { root = try ConfigurationRoot() }

  private let system = "etc/containers/certs.d"

  @Test("a host without a directory has none")
  func findsNothing() throws {
    #expect(try root.configuration().certificates(for: "r.test") == Certificates())
  }

  @Test("authorities and pairs are found by their names, sorted; other files don't matter")
  func findsAll() throws {
    let directory = "\(root.path)/\(system)/r.test:5000"
    for name in ["b.crt", "a.crt", "c.cert", "c.key", "README", "a.crt.old", "crt"] {
      try root.write("\(system)/r.test:5000/\(name)", "x")
    }
    let certificates = try root.configuration().certificates(for: "r.test:5000")
    #expect(certificates.authorities == ["\(directory)/a.crt", "\(directory)/b.crt"])
    #expect(
      certificates.clients == [
        Certificates.Client(certificate: "\(directory)/c.cert", key: "\(directory)/c.key")
      ])
    #expect(try root.configuration().certificates(for: "r.test") == Certificates())
  }

  @Test("the user's directory comes before the system's, that of containers before Docker's")
  func keepsOrder() throws {
    for directory in ["etc/docker/certs.d", system, "home/.config/containers/certs.d"] {
      try root.write("\(directory)/r.test/ca.crt", "x")
      #expect(
        try root.configuration().certificates(for: "r.test").authorities == [
          "\(root.path)/\(directory)/r.test/ca.crt"
        ])
    }
  }

  @Test("docker.io's may lie under either of its names", arguments: ["docker.io", "registry-1.docker.io"])
  func knowsDocker(_ name: String) throws {
    try root.write("\(system)/\(name)/ca.crt", "x")
    #expect(try root.configuration().certificates(for: "registry-1.docker.io").authorities.count == 1)
  }

  @Test("half a pair is an error", arguments: ["client.cert", "client.key"])
  func refusesHalves(_ name: String) throws {
    let path = try root.write("\(system)/r.test/\(name)", "x")
    let failure = failure { try root.configuration().certificates(for: "r.test") }
    #expect(failure?.subject == path && failure?.kind == .failed)
  }

  @Test("what is not a file is an error, not a wait")
  func refusesFIFO() throws {
    try root.write("\(system)/r.test/x", "")
    #expect(mkfifo("\(root.path)/\(system)/r.test/ca.crt", 0o600) == 0)
    #expect(
      failure { try root.configuration().certificates(for: "r.test") }?.problem == "is not a regular file")
  }

  @Test(
    "a host can't lead out of the directory",
    arguments: ["..", ".", "", "r.test/../../x", "/etc", "a\u{0}b", "x:y"])
  func staysInside(_ host: String) throws {
    try root.write("etc/containers/ca.crt", "x")
    try root.write("\(system)/ca.crt", "x")
    try root.write("etc/containers/x/ca.crt", "x")
    #expect(try root.configuration().certificates(for: host) == Certificates())
  }

  @Test("SSL_CERT_FILE and SSL_CERT_DIR are passed on")
  func readsVariables() throws {
    let configuration = try root.configuration(["SSL_CERT_FILE": "/f", "SSL_CERT_DIR": "/a:/b"])
    #expect(try configuration.certificates(for: "r.test") == Certificates(bundle: "/f", directory: "/a:/b"))
    let empty = try root.configuration(["SSL_CERT_FILE": "", "SSL_CERT_DIR": ""])
    #expect(try empty.certificates(for: "r.test") == Certificates())
  }
}
