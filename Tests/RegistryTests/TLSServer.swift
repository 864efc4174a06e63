import Glibc
import Image
import System
import TestSupport
import Verification

@testable import Registry

/// nginx with TLS and HTTP/2 on a free loopback port, with a certificate of its own for `localhost`.
final class TLSServer {
  static let programs = ["/usr/sbin/nginx", "/usr/bin/openssl"]
  /// Where MUST_WORK is set, what is missing fails instead of being skipped.
  static var isInstalled: Bool {
    programs.allSatisfy { access($0, X_OK) == 0 } || getenv("MUST_WORK") != nil
  }

  let port: UInt16
  let scratch: Scratch
  private let server: Command

  /// A server of the repository `app` with these blobs.
  init(_ blobs: [[UInt8]], manifest: [UInt8] = [], asksForCertificate: Bool = false) throws {
    port = Listener.freePort
    scratch = try Scratch(in: "/tmp")
    for blob in blobs { try scratch.write("data/v2/app/blobs/\(Digest.of(blob))", blob) }
    try scratch.write("data/v2/app/manifests/latest", manifest)
    try Command.run(
      Self.programs[1], "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", "\(scratch.path)/key.pem", "-out", "\(scratch.path)/cert.pem", "-days", "2", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    let path = scratch.path
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
      "\($0)_temp_path \(path)/\($0);"
    }
    try scratch.write(
      "nginx.conf",
      """
      daemon off; worker_processes 1; pid \(scratch.path)/pid; error_log \(scratch.path)/errors;
      events {}
      http {
        \(temporary.joined(separator: " "))
        log_format short '$server_protocol $uri $http_range'; access_log \(scratch.path)/log short;
        default_type application/vnd.oci.image.manifest.v1+json;
        server {
          listen 127.0.0.1:\(port) ssl http2;
          ssl_certificate \(scratch.path)/cert.pem; ssl_certificate_key \(scratch.path)/key.pem;
          \(asksForCertificate ? "ssl_verify_client on; ssl_client_certificate \(scratch.path)/cert.pem;" : "")
          root \(scratch.path)/data;
        }
      }
      """)
    chmod(scratch.path, 0o755)
    server = try Command([
      Self.programs[0], "-p", scratch.path, "-c", "\(scratch.path)/nginx.conf", "-e",
      "\(scratch.path)/errors",
    ])
    for _ in 0..<500 where !accepts(port) { usleep(10_000) }
    precondition(accepts(port), "nginx does not start")
  }

  deinit { server.stop() }

  var host: String { "localhost:\(port)" }

  /// The lines of its access log.
  var log: [String] {
    ((try? scratch.text("log")) ?? "").split(separator: "\n").map(String.init)
  }

  /// A client that trusts it by certs.d, and shows its certificate where `shows` says so.
  func client(
    trusts: Bool = true, shows: Bool = false, insecure: Bool = false, environment: [String: String] = [:],
    options: RegistryOptions = HostileSetting.impatient
  ) throws -> RegistryClient {
    let directory = "etc/containers/certs.d/\(host)"
    for (name, isWanted) in [("ca.crt", trusts), ("client.cert", shows), ("client.key", shows)] where isWanted
    {
      let source = name == "client.key" ? "key.pem" : "cert.pem"
      try scratch.write("\(directory)/\(name)", scratch.bytes(source))
    }
    return try RegistryClient(
      configuration(scratch, insecure: insecure ? [host] : [], environment: environment), options,
      notice: { _ in })
  }

  var reference: Reference { get throws { try Reference(parsing: "\(host)/app") } }

  func source(_ client: RegistryClient) throws -> RegistrySource {
    RegistrySource(
      client, Resolved(reference: try reference, descriptor: HostileSetting.descriptor([]), raw: []))
  }
}
