import Glibc

/// Debian's docker-registry on a free loopback port.
final class Registry: Sendable {
  /// `127.0.0.1:PORT`.
  let host: String
  let server: Server
  private let login: String

  /// Open to everyone, over http.
  static let plain = Result<Registry, any Error> { try Registry("registry") }

  /// A registry; `auth` is what the configuration says of authentication, `login` what skopeo needs to know.
  init(_ name: String, auth: String = "", prepare: String = "true", login: String = "") throws {
    let port = try freePort()
    host = "127.0.0.1:\(port)"
    self.login = login
    server = try Server(
      name, "exec docker-registry serve config.yml",
      prepare: """
        \(prepare)
        cat > config.yml <<END
        version: 0.1
        log: {level: warn, accesslog: {disabled: false}}
        storage: {filesystem: {rootdirectory: $PWD/data}, delete: {enabled: true}}
        http: {addr: \(host)}
        \(auth)
        END
        """)
    try server.ready("curl -s -o /dev/null http://\(host)/v2/")
  }

  /// Puts the test image `image` there as `name`, byte for byte unless `options` ask for a conversion.
  ///
  /// The reference by which it is pulled.
  @discardableResult
  func publish(
    _ image: String, as name: String, options: String = "--all --preserve-digests"
  ) throws -> String {
    try Scratch().ok(
      """
      skopeo --insecure-policy copy -q \(login) --dest-tls-verify=false \(options) \
        oci:\(Images.layout.get()):\(image):latest docker://\(host)/\(name)
      """)
    return "\(host)/\(name)"
  }

  /// The requests that it answered for the repository `name`, as `METHOD PATH STATUS`.
  ///
  /// Oldest first; without those of skopeo, which publishes.
  func requests(_ name: String) throws -> [String] {
    try server.logged("\"", " /v2/\(name)/").filter { !$0.contains("\"skopeo") }.map { line in
      // 127.0.0.1 - - [date] "GET /v2/… HTTP/1.1" 200 …
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      let request = parts[1].split(separator: " ")
      let status = parts[2].split(separator: " ").first ?? "?"
      return "\(request[0]) \(request[1]) \(status)"
    }
  }
}

/// A registry that is reached as https://registry.test:PORT/, through nginx, with a certificate of an own authority.
final class SecureRegistry: Sendable {
  /// `registry.test:PORT`: anyone may read.
  let host: String
  /// `registry.test:PORT`: only user:secret (Basic).
  let privateHost: String
  /// The certificate of the authority.
  let authority: String
  let behind: Registry
  private let server: Server

  static let shared = Result<SecureRegistry, any Error> { try SecureRegistry() }

  private init() throws {
    behind = try Registry.plain.get()
    let (port, privatePort) = (try freePort(), try freePort())
    host = "registry.test:\(port)"
    privateHost = "registry.test:\(privatePort)"
    server = try Server(
      "nginx", "exec nginx -p $PWD -c $PWD/nginx.conf",
      prepare: """
        htpasswd -bc passwords user secret 2>/dev/null
        \(certificate)
        cat > nginx.conf <<'END'
        daemon off; worker_processes 1; error_log stderr; pid nginx.pid; user root;
        events {}
        http {
          access_log access.log; client_max_body_size 0; client_body_temp_path tmp; proxy_temp_path tmp;
          fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
          ssl_certificate server.pem; ssl_certificate_key server.key;
          proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto https;
          server { listen 127.0.0.1:\(port) ssl http2; location / { proxy_pass http://\(behind.host); } }
          server { listen 127.0.0.1:\(privatePort) ssl;
            location / { auth_basic registry; auth_basic_user_file passwords; proxy_set_header Authorization "";
                         proxy_pass http://\(behind.host); } }
        }
        END
        """)
    authority = "\(server.directory)/ca.pem"
    try server.ready("curl -sk -o /dev/null https://127.0.0.1:\(port)/v2/")
  }

  /// The script that runs `script` where registry.test is this machine.
  ///
  /// In a mount namespace of its own, where /etc/hosts is another file: nothing on the machine changes.
  func reachable(_ script: String, certificates: String? = nil) -> String {
    let trust = certificates.map {
      "mount -t tmpfs none /etc/docker; mkdir -p /etc/docker/certs.d/\($0); cp \(authority) /etc/docker/certs.d/\($0)/ca.crt;"
    }
    return """
      unshare -m bash -c 'set -u -o pipefail; echo 127.0.0.1 registry.test > hosts; mount --bind hosts /etc/hosts
      \(trust ?? "")
      \(script)'
      """
  }
}

/// Makes ca.pem, server.pem and server.key for registry.test, localhost and 127.0.0.1.
let certificate = """
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj "/CN=test authority" 2>/dev/null &&
  openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "/CN=registry.test" 2>/dev/null &&
  printf 'subjectAltName=DNS:registry.test,DNS:localhost,IP:127.0.0.1' > names &&
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem 2>/dev/null
  """

/// A docker-registry that asks for Bearer tokens, and the server that gives them.
final class TokenRegistry: Sendable {
  let registry: Registry
  let tokens: Server

  static let shared = Result<TokenRegistry, any Error> { try TokenRegistry() }

  private init() throws {
    tokens = try Server(
      "tokens",
      "exec /usr/bin/python3 \(Machine.root)/Tests/Commands/Servers/token_server.py server.key server.pem requests > port",
      prepare: certificate)
    try tokens.ready("[ -s port ]")
    let port = String(decoding: try readFile("\(tokens.directory)/port"), as: UTF8.self)
    registry = try Registry(
      "token-registry",
      auth: """
        auth: {token: {realm: "http://127.0.0.1:\(trimmed(port))/token", service: registry, issuer: tests,
               rootcertbundle: \(tokens.directory)/server.pem}}
        """,
      login: "--dest-creds user:secret")
  }
}

/// The registry of Servers/hostile.py: the repository's first component says how it misbehaves.
final class HostileRegistry: Sendable {
  /// `127.0.0.1:PORT`.
  let host: String
  private let server: Server

  static let shared = Result<HostileRegistry, any Error> { try HostileRegistry() }

  private init() throws {
    server = try Server(
      "hostile",
      """
      exec /usr/bin/python3 -B \(Machine.root)/Tests/Commands/Servers/hostile.py \(Images.layout.get()) requests > port
      """)
    try server.ready("[ -s port ]")
    host = "127.0.0.1:\(trimmed(String(decoding: try readFile("\(server.directory)/port"), as: UTF8.self)))"
  }

  /// A request that it answered.
  struct Request: CustomStringConvertible {
    var method, path, status, range, authorization, host: String
    var description: String { "\(method) \(path) \(status) \(range) \(authorization) \(host)" }
  }

  /// The requests whose path holds `part`, oldest first.
  func requests(_ part: String) throws -> [Request] {
    let file = "\(server.directory)/requests"
    return try server.logged(part, in: file).map { line in
      let fields = line.split(separator: " ").map(String.init)
      return Request(
        method: fields[0], path: fields[1], status: fields[2], range: fields[3], authorization: fields[4],
        host: fields[5])
    }
  }
}
