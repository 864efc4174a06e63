import Testing

/// img-push through authentication, TLS, mirrors, and to registries that misbehave.
@Suite(.needs("skopeo", "docker-registry", "nginx", "htpasswd", "jq"))
struct PushAccessTests {
  private func credentials(_ host: String, in scratch: Scratch) throws {
    // user:secret
    try scratch.ok("mkdir -p home/.docker")
    try scratch.write("home/.docker/config.json", #"{"auths":{"\#(host)":{"auth":"dXNlcjpzZWNyZXQ="}}}"#)
  }

  @Test("tokens for pushing and mounting are asked for; without credentials it is denied")
  func tokens() throws {
    let registry = try TokenRegistry.shared.get().registry
    let scratch = try Scratch()
    let push = try "img-push -q \(Images.layout.get()):busybox:latest \(registry.host)/private/push"
    let denied = try scratch.run(push)
    #expect(denied.status == 4, "\(denied)")
    expectOneLine(denied, from: "img-push", containing: "login")
    try credentials(registry.host, in: scratch)
    try scratch.ok("\(push); \(push)-other")
    try scratch.ok("img-pull -q -o store \(registry.host)/private/push-other")
    try scratch.expectWhole("store", "\(registry.host)/private/push-other:latest")
  }

  @Test("through nginx with TLS, and with a password")
  func secure() throws {
    let secure = try SecureRegistry.shared.get()
    let scratch = try Scratch()
    try credentials(secure.privateHost, in: scratch)
    for host in [secure.host, secure.privateHost] {
      try scratch.ok(
        secure.reachable(
          "img-push -q \(Images.layout.get()):app:latest \(host)/push/secure", certificates: host))
    }
  }

  @Test("a mirror is never written to")
  func mirror() throws {
    let registry = try Registry.plain.get()
    let uploads = try UploadRegistry.shared.get()
    let scratch = try Scratch()
    try scratch.write(
      "registries.conf",
      """
      [[registry]]
      location = "\(registry.host)"
      [[registry.mirror]]
      location = "\(uploads.host)/mirror"
      insecure = true
      """)
    try scratch.ok(
      "img-push -q \(Images.layout.get()):busybox:latest \(registry.host)/push/mirror",
      ["CONTAINERS_REGISTRIES_CONF": "\(scratch.path)/registries.conf"])
    #expect(try uploads.requests("/mirror/").isEmpty)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var behaviour: String
    var status: Int32
    var words: String
    var testDescription: String { behaviour }
    init(_ behaviour: String, _ status: Int32, _ words: String = "") {
      (self.behaviour, self.status, self.words) = (behaviour, status, words)
    }
  }

  @Test(
    "trouble on the way is got over",
    arguments: ["good", "413", "redirect", "reset", "503-midway", "lost-answer", "429-once"])
  func gotOver(behaviour: String) throws {
    let uploads = try UploadRegistry.shared.get()
    let scratch = try Scratch()
    let reference = "\(uploads.host)/\(behaviour)/x"
    let outcome = try scratch.run("img-push -q \(Images.layout.get()):busybox:latest \(reference)")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    try scratch.ok("img-pull -q -o store \(reference)")
    try scratch.expectWhole("store", "\(reference):latest")
  }

  @Test(
    "what can't be got over is one line and the right status",
    arguments: [
      Case("redirects", 1, "without end"), Case("reset-always", 5), Case("wrong-digest", 6, "stored"),
      Case("wrong-manifest-digest", 6, "stored"), Case("403", 4, "read only"), Case("405", 1, "405"),
      Case("no-location", 6), Case("ftp-location", 6), Case("denied-manifest", 4, "read only"),
    ])
  func refused(_ item: Case) throws {
    let uploads = try UploadRegistry.shared.get()
    let outcome = try Scratch().run(
      "img-push -q \(Images.layout.get()):busybox:latest \(uploads.host)/\(item.behaviour)/y")
    #expect(outcome.status == item.status && outcome.output.isEmpty, "\(outcome)")
    expectOneLine(outcome, from: "img-push", containing: item.words)
  }

  @Test("a broken upload goes on where the registry is, and does not begin again")
  func resumed() throws {
    let uploads = try UploadRegistry.shared.get()
    try Scratch().ok("img-push -q \(Images.layout.get()):busybox:latest \(uploads.host)/reset/resumed")
    let requests = try uploads.requests("/reset/resumed/blobs/uploads/").filter { $0[3] != "309" }
    #expect(requests.count { $0[0] == "POST" } == 2, "\(requests)")
    let parts = requests.filter { $0[0] == "PATCH" }.compactMap { Int($0[3]) }
    #expect(!parts.isEmpty && parts.allSatisfy { $0 < 1_000_000 }, "\(requests)")
  }

  @Test("what came by a pipe is not sent twice, and that is said")
  func pipe() throws {
    let uploads = try UploadRegistry.shared.get()
    let outcome = try Scratch().run(
      "cat \(Images.layout.get())/index.json > /dev/null; img-save -q \(Images.layout.get()):busybox:latest | img-push -q \(uploads.host)/reset/pipe"
    )
    #expect(outcome.status == 5, "\(outcome)")
    expectOneLine(outcome, from: "img-push", containing: "pipe")
  }

  @Test("credentials do not go to another host that an upload is sent to")
  func otherHost() throws {
    let uploads = try UploadRegistry.shared.get()
    let scratch = try Scratch()
    try credentials(uploads.host, in: scratch)
    try scratch.ok("img-push -q \(Images.layout.get()):busybox:latest \(uploads.host)/login/other")
    let requests = try uploads.requests("/login/other/")
    let sent = requests.filter { $0[0] == "PUT" && $0[1].contains("/uploads/") }
    #expect(sent.count == 2 && sent.allSatisfy { $0[5].hasPrefix("127.0.0.2") && $0[4] == "-" }, "\(sent)")
    #expect(requests.contains { $0[0] == "POST" && $0[4] != "-" }, "\(requests)")
  }
}
