import Glibc
import Image
import System
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
  let scratch = Scratch()
  private let running: Running

  /// A server of the repository `app` with these blobs.
  init(_ blobs: [[UInt8]], manifest: [UInt8] = [], asksForCertificate: Bool = false) throws {
    port = Listener.freePort
    for blob in blobs { try scratch.write("data/v2/app/blobs/\(Digest.of(blob))", blob) }
    try scratch.write("data/v2/app/manifests/latest", manifest)
    run([
      Self.programs[1], "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", "\(scratch.path)/key.pem", "-out", "\(scratch.path)/cert.pem", "-days", "2", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    ]).wait()
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
    running = run([
      Self.programs[0], "-p", scratch.path, "-c", "\(scratch.path)/nginx.conf", "-e",
      "\(scratch.path)/errors",
    ])
    for _ in 0..<500 where !accepts(port) { usleep(10_000) }
    precondition(accepts(port), "nginx does not start")
  }

  deinit { running.stop() }

  var host: String { "localhost:\(port)" }

  /// The lines of its access log.
  var log: [String] {
    guard let file = try? FileDescriptor.open("\(scratch.path)/log", O_RDONLY) else { return [] }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = (try? bytes.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// A client that trusts it by certs.d, and shows its certificate where `shows` says so.
  func client(
    trusts: Bool = true, shows: Bool = false, insecure: Bool = false, environment: [String: String] = [:],
    options: RegistryOptions = HostileSetting.impatient
  ) throws -> RegistryClient {
    let directory = "etc/containers/certs.d/\(host)"
    for (name, isWanted) in [("ca.crt", trusts), ("client.cert", shows), ("client.key", shows)] where isWanted
    {
      run(["/bin/mkdir", "-p", "\(scratch.path)/\(directory)"]).wait()
      let source = name == "client.key" ? "key.pem" : "cert.pem"
      run(["/bin/cp", "\(scratch.path)/\(source)", "\(scratch.path)/\(directory)/\(name)"]).wait()
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
