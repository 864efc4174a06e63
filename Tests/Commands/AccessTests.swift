import Testing

/// Authentication, certificates, proxies, mirrors: against nginx, docker-registry with tokens, and strangers.
@Suite(.needs("skopeo", "docker-registry", "nginx", "htpasswd", "jq"))
struct AccessTests {
  /// auth.json for user:secret at `host`.
  private func credentials(_ host: String, in scratch: Scratch, _ name: String = "auth.json") throws {
    // user:secret
    try scratch.write(name, #"{"auths":{"\#(host)":{"auth":"dXNlcjpzZWNyZXQ="}}}"#)
  }

  @Test("a Bearer token is asked for without credentials, and with them where they are needed")
  func bearer() throws {
    let registry = try TokenRegistry.shared.get()
    let (open, closed) = try (
      registry.registry.publish("busybox", as: "public/access"),
      registry.registry.publish("busybox", as: "private/access")
    )
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o store \(open)")
    let denied = try scratch.run("img-pull -q -o store \(closed)")
    #expect(denied.status == 4, "\(denied)")
    expectOneLine(denied, from: "img-pull", containing: "login")
    try credentials(registry.registry.host, in: scratch)
    for environment in [
      ["REGISTRY_AUTH_FILE": "\(scratch.path)/auth.json"], ["XDG_RUNTIME_DIR": "\(scratch.path)/run"],
      ["DOCKER_CONFIG": "\(scratch.path)/docker"], [:],
    ] {
      try scratch.ok(
        """
        rm -rf store run docker home/.docker; mkdir -p run/containers docker home/.docker; cp auth.json run/containers
        cp auth.json docker/config.json; [ -n "${REGISTRY_AUTH_FILE-}${XDG_RUNTIME_DIR-}${DOCKER_CONFIG-}" ] || cp auth.json home/.docker/config.json
        img-pull -q -o store \(closed)
        """, environment)
      try scratch.expectWhole("store", "\(closed):latest")
    }
  }

  @Test("a credential helper is asked")
  func helper() throws {
    let registry = try TokenRegistry.shared.get().registry
    let reference = try registry.publish("busybox", as: "private/helper")
    let scratch = try Scratch()
    try scratch.write(
      "docker-credential-test",
      "#!/bin/sh\nread -r host; echo \"$1 $host\" >> asked\necho '{\"ServerURL\":\"x\",\"Username\":\"user\",\"Secret\":\"secret\"}'\n"
    )
    try scratch.write("auth.json", #"{"credHelpers":{"\#(registry.host)":"test"}}"#)
    try scratch.ok(
      "chmod +x docker-credential-test; PATH=$PWD:$PATH img-pull -q -o store \(reference)",
      ["REGISTRY_AUTH_FILE": "\(scratch.path)/auth.json"])
    #expect(try scratch.ok("cat asked").hasPrefix("get \(registry.host)"))
  }

  @Test("what skopeo login wrote is found")
  func skopeoLogin() throws {
    let registry = try TokenRegistry.shared.get().registry
    let reference = try registry.publish("busybox", as: "private/login")
    let scratch = try Scratch()
    try scratch.ok(
      "skopeo login --tls-verify=false --authfile auth.json -u user -p secret \(registry.host); img-pull -q -o store \(reference)",
      ["REGISTRY_AUTH_FILE": "\(scratch.path)/auth.json"])
  }

  @Test("secrets are not printed, not even with -v")
  func secrets() throws {
    let registry = try TokenRegistry.shared.get().registry
    let reference = try registry.publish("busybox", as: "private/secrets")
    let scratch = try Scratch()
    try credentials(registry.host, in: scratch)
    let outcome = try scratch.run(
      "img-pull -v -o store \(reference)", ["REGISTRY_AUTH_FILE": "\(scratch.path)/auth.json"])
    #expect(outcome.status == 0 && !outcome.errors.isEmpty, "\(outcome)")
    for secret in ["secret:", "dXNlcjpzZWNyZXQ", "user:secret", "Bearer ey", "eyJ"] {
      #expect(!outcome.errors.contains(secret), "\(outcome)")
    }
  }

  @Test("credentials do not go to the host of a redirect, and do go to the registry")
  func redirect() throws {
    let hostile = try HostileRegistry.shared.get()
    let scratch = try Scratch()
    try credentials(hostile.host, in: scratch)
    try scratch.ok(
      "img-pull -q -o store \(hostile.host)/basic-redirect/access/busybox",
      ["REGISTRY_AUTH_FILE": "\(scratch.path)/auth.json"])
    let first = try hostile.requests("/v2/basic-redirect/access/busybox")
    #expect(first.contains { $0.authorization.hasPrefix("Basic") })
    let elsewhere = try hostile.requests("/v2/good/busybox/blobs").filter { $0.host.hasPrefix("127.0.0.2") }
    #expect(!elsewhere.isEmpty && elsewhere.allSatisfy { $0.authorization == "-" }, "\(elsewhere)")
  }

  @Test("credentials of one registry are not sent to another")
  func otherHost() throws {
    let hostile = try HostileRegistry.shared.get()
    let scratch = try Scratch()
    try credentials("127.0.0.1:1", in: scratch)
    let outcome = try scratch.run(
      "img-pull -q -o store \(hostile.host)/basic/other/busybox",
      ["REGISTRY_AUTH_FILE": "\(scratch.path)/auth.json"])
    #expect(outcome.status == 4, "\(outcome)")
    #expect(try hostile.requests("basic/other").allSatisfy { $0.authorization == "-" })
  }

  @Test(
    "https with an own authority: SSL_CERT_FILE, certs.d or --insecure; without them it is refused",
    .needsRoot)
  func https() throws {
    let secure = try SecureRegistry.shared.get()
    try secure.behind.publish("busybox", as: "access/https")
    let scratch = try Scratch()
    let pull = "rm -rf store; img-pull -q -o store \(secure.host)/access/https"
    let unset = "unset SSL_CERT_FILE SSL_CERT_DIR; "
    let refused = try scratch.run(secure.reachable("\(unset)\(pull)"))
    #expect(refused.status != 0, "\(refused)")
    expectOneLine(refused, from: "img-pull", containing: "certificate")
    try scratch.ok(secure.reachable("\(unset)export SSL_CERT_FILE=\(secure.authority); \(pull)"))
    try scratch.ok(secure.reachable("\(unset)\(pull)", certificates: secure.host))
    try scratch.ok(secure.reachable("\(unset)\(pull) --insecure \(secure.host)"))
    try scratch.expectWhole("store", "\(secure.host)/access/https:latest")
  }

  @Test("Basic authentication over https", .needsRoot)
  func basic() throws {
    let secure = try SecureRegistry.shared.get()
    try secure.behind.publish("app", as: "access/basic")
    let scratch = try Scratch()
    let trust = "export SSL_CERT_FILE=\(secure.authority)"
    let pull = "img-pull -q -o store \(secure.privateHost)/access/basic"
    let denied = try scratch.run(secure.reachable("\(trust); \(pull)"))
    #expect(denied.status == 4, "\(denied)")
    try credentials(secure.privateHost, in: scratch)
    try scratch.ok(secure.reachable("\(trust) REGISTRY_AUTH_FILE=auth.json; \(pull)"))
    try scratch.expectWhole("store", "\(secure.privateHost)/access/basic:latest")
    try scratch.write("wrong.json", #"{"auths":{"\#(secure.privateHost)":{"auth":"dXNlcjp3cm9uZw=="}}}"#)
    let wrong = try scratch.run(
      secure.reachable("\(trust) REGISTRY_AUTH_FILE=wrong.json; rm -rf store; \(pull)"))
    #expect(wrong.status == 4, "\(wrong)")
    expectOneLine(wrong, from: "img-pull", containing: "wrong.json")
  }

  @Test("plain http to a name that is not of this machine is not tried, unless --insecure", .needsRoot)
  func plainHTTP() throws {
    let secure = try SecureRegistry.shared.get()
    try secure.behind.publish("busybox", as: "access/http")
    let port = secure.behind.host.split(separator: ":")[1]
    let scratch = try Scratch()
    let pull = "img-pull -q -o store registry.test:\(port)/access/http"
    let refused = try scratch.run(secure.reachable(pull), timeout: 60)
    #expect(refused.status != 0, "\(refused)")
    try scratch.ok(secure.reachable("\(pull) --insecure registry.test:\(port)"))
  }

  @Test("registries.conf: mirrors are asked first, blocked registries not at all", .needsRoot)
  func configuration() throws {
    let registry = try Registry.plain.get()
    try registry.publish("busybox", as: "mirror/library/busybox")
    let scratch = try Scratch()
    try scratch.write(
      "registries.conf",
      """
      [[registry]]
      prefix = "docker.io"
      location = "docker.io"
      [[registry.mirror]]
      location = "\(registry.host)/mirror"
      insecure = true
      [[registry]]
      prefix = "blocked.test"
      location = "blocked.test"
      blocked = true
      """)
    let with = { (script: String) in
      "unshare -m bash -c 'mkdir -p /etc/containers; mount -t tmpfs none /etc/containers; cp registries.conf /etc/containers; \(script)'"
    }
    #expect(try scratch.ok(with("img-pull -q -o store busybox")).hasPrefix("store:busybox:latest@"))
    try scratch.expectWhole("store", "docker.io/library/busybox:latest")
    let blocked = try scratch.run(with("img-pull -q -o store blocked.test/x"))
    #expect(blocked.status == 4 || blocked.status == 1, "\(blocked)")
    expectOneLine(blocked, from: "img-pull", containing: "blocked")
    try scratch.write("registries.conf", "[[registry\n")
    let wrong = try scratch.run(with("img-pull -q -o store busybox"))
    #expect(wrong.status != 0, "\(wrong)")
    expectOneLine(wrong, from: "img-pull", containing: "registries.conf")
  }

  @Test("a proxy is used for what NO_PROXY does not name")
  func proxy() throws {
    let scratch = try Scratch()
    let registry = try Registry.plain.get()
    let reference = try registry.publish("busybox", as: "access/proxy")
    let outcome = try scratch.run(
      "img-pull -q -o store registry.test/x",
      ["HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"], timeout: 60)
    #expect(outcome.status == 5, "\(outcome)")
    try scratch.ok(
      "img-pull -q -o store \(reference)", ["HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"])
  }
}
