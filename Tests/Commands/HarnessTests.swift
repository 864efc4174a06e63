import Testing

/// The fixtures themselves: that what the other tests rely on works with other people's tools.
@Suite(.needs("skopeo", "docker-registry", "jq"))
struct HarnessTests {
  @Test("a script's output, errors and status arrive")
  func outcome() throws {
    let scratch = try Scratch()
    let outcome = try scratch.run("echo out; echo err >&2; exit 7")
    #expect(outcome.output == "out")
    #expect(outcome.errors == "err\n")
    #expect(outcome.status == 7)
    #expect(try scratch.run("kill -TERM $$").status == 128 + 15)
    #expect(try scratch.run("false | true").status == 1)
    #expect(try scratch.run("sleep 60", timeout: 1).timedOut)
    #expect(try scratch.run("head -c 3000000 /dev/zero").bytes.count == 3_000_000)
  }

  @Test(
    "every test image goes to the registry and comes back with its digest",
    arguments: ["busybox", "app", "app2", "multi", "zstd", "plain", "labelled"])
  func published(image: String) throws {
    let registry = try Registry.plain.get()
    try registry.publish(image, as: "harness/\(image)")
    let digest = try Scratch().ok(
      "curl -sf http://\(registry.host)/v2/harness/\(image)/manifests/latest \(accept) | sha256sum")
    #expect(try "sha256:\(digest.prefix(64))" == Images.digest(image))
    #expect(
      try registry.requests("harness/\(image)").contains("GET /v2/harness/\(image)/manifests/latest 200"))
  }

  private let accept =
    "-H 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'"

  @Test(
    "a secure registry is reached by its name, and Basic authentication is asked for", .needsRoot,
    .needs("nginx", "htpasswd"))
  func secure() throws {
    let secure = try SecureRegistry.shared.get()
    let scratch = try Scratch()
    let curl = "curl -s -o /dev/null -w %{http_code} --cacert \(secure.authority)"
    #expect(try scratch.ok(secure.reachable("\(curl) https://\(secure.host)/v2/")) == "200")
    #expect(try scratch.ok(secure.reachable("\(curl) https://\(secure.privateHost)/v2/")) == "401")
    #expect(
      try scratch.ok(secure.reachable("\(curl) -u user:secret https://\(secure.privateHost)/v2/")) == "200")
  }

  @Test("a registry asks for Bearer tokens and takes those of the token server")
  func tokens() throws {
    let registry = try TokenRegistry.shared.get().registry
    try registry.publish("busybox", as: "public/busybox")
    try registry.publish("busybox", as: "private/busybox")
    let copy = "skopeo --insecure-policy copy -q --src-tls-verify=false"
    let scratch = try Scratch()
    #expect(try scratch.run("\(copy) docker://\(registry.host)/public/busybox oci:one:x").status == 0)
    #expect(try scratch.run("\(copy) docker://\(registry.host)/private/busybox oci:two:x").status != 0)
    #expect(
      try scratch.run("\(copy) --src-creds user:secret docker://\(registry.host)/private/busybox oci:three:x")
        .status == 0)
  }

  @Test(
    "each engine loads an archive and runs the image", .needsRoot, .needs("dockerd", "podman", "ctr", "runc"),
    arguments: Engine.allCases)
  func engine(_ engine: Engine) throws {
    let scratch = try Scratch()
    try scratch.ok(
      "skopeo --insecure-policy copy -q oci:\(Images.layout.get()):busybox:latest docker-archive:x.tar:docker.io/library/harness:latest"
    )
    try scratch.ok("\(engine.load()) < x.tar")
    #expect(try scratch.ok(engine.run("docker.io/library/harness:latest", "echo hello")) == "hello")
  }

  @Test("the hostile registry serves a good image as well")
  func hostile() throws {
    let hostile = try HostileRegistry.shared.get()
    try Scratch().ok(
      "skopeo --insecure-policy copy -q --src-tls-verify=false docker://\(hostile.host)/good/harness/busybox oci:one:x"
    )
    #expect(try !hostile.requests("good/harness/busybox/blobs").isEmpty)
  }
}
