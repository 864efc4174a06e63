import Image
import System
import Testing

@testable import Registry

@Suite struct EndpointTests {
  private static let digest = "sha256:" + String(repeating: "a", count: 64)

  /// The endpoints as `[mirror ]SCHEME://HOST/REPOSITORY[ insecure]`.
  private func endpoints(
    _ image: String, _ registries: String = "", insecure: [String] = [], root: ConfigurationRoot? = nil
  ) throws -> [String] {
    let root = try root ?? ConfigurationRoot()
    if !registries.isEmpty { try root.write("etc/containers/registries.conf", registries) }
    return try root.configuration(insecure: insecure).endpoints(for: Reference(parsing: image)).map {
      "\($0.isMirror ? "mirror " : "")\($0.scheme)://\($0.host)/\($0.repository)\($0.insecure ? " insecure" : "")"
    }
  }

  @Test(
    "a registry is https, this machine http",
    arguments: [
      ("busybox", "https://registry-1.docker.io/library/busybox"),
      ("index.docker.io/a/b", "https://registry-1.docker.io/a/b"),
      ("quay.io/a/b/c:1", "https://quay.io/a/b/c"),
      ("localhost/a", "http://localhost/a"), ("localhost:5000/a", "http://localhost:5000/a"),
      ("LOCALHOST:5000/a", "http://LOCALHOST:5000/a"),
      ("127.0.0.1:5000/a", "http://127.0.0.1:5000/a"), ("127.255.3.4/a", "http://127.255.3.4/a"),
      ("[::1]:5000/a", "http://[::1]:5000/a"), ("[0:0::0:1]/a", "http://[0:0::0:1]/a"),
      ("127.0.0.1.evil.com/a", "https://127.0.0.1.evil.com/a"),
      ("localhost.evil.com/a", "https://localhost.evil.com/a"),
      ("128.0.0.1:5000/a", "https://128.0.0.1:5000/a"), ("[::2]:5000/a", "https://[::2]:5000/a"),
      ("127.1:5000/a", "https://127.1:5000/a"), ("0127.0.0.1/a", "https://0127.0.0.1/a"),
    ])
  func chooses(_ image: String, _ endpoint: String) throws {
    #expect(try endpoints(image) == [endpoint])
  }

  @Test(
    "--insecure marks its host, and all its ports where it has none",
    arguments: [
      ("r.test:5000/a", ["r.test:5000"], true), ("r.test:5000/a", ["r.test"], true),
      ("r.test/a", ["r.test"], true),
      ("r.test:5001/a", ["r.test:5000"], false), ("r.test/a", ["r.test:5000"], false),
      ("a.r.test/a", ["r.test"], false),
      ("r.test.evil/a", ["r.test"], false), ("busybox", ["docker.io"], true),
      ("busybox", ["registry-1.docker.io"], true), ("[::1]:5000/a", ["[::1]"], true),
      ("r.test/a", ["x.test", "r.test"], true), ("r.test/a", [], false),
    ])
  func marks(_ image: String, _ hosts: [String], _ insecure: Bool) throws {
    let found = try endpoints(image, insecure: hosts)
    #expect(found.count == 1 && found[0].hasPrefix("https://") && found[0].hasSuffix(" insecure") == insecure)
  }

  @Test(
    "--insecure takes hosts only",
    arguments: ["", "https://r.test", "r.test/a", "a b", "r.test:", "r.test:x", "r\n"])
  func refusesHosts(_ host: String) throws {
    let root = try ConfigurationRoot()
    #expect(failure { try root.configuration(insecure: [host]) }?.kind == .usage)
  }

  @Test("certificates for a port of this machine mean https")
  func certificatesMeanTLS() throws {
    let root = try ConfigurationRoot()
    try root.write("etc/docker/certs.d/localhost:5443/ca.crt", "x")
    #expect(try endpoints("localhost:5443/a", root: root) == ["https://localhost:5443/a"])
    #expect(try endpoints("localhost:5000/a", root: root) == ["http://localhost:5000/a"])
  }

  private static let registries = """
    [[registry]]
    prefix = "example.com/foo"
    location = "internal.example.com/bar"
    [[registry.mirror]]
    location = "m0.local/mirror-for-foo"
    [[registry.mirror]]
    location = "127.0.0.1:5000/foo"
    insecure = true
    [[registry]]
    prefix = "example.com/foo/deep"
    insecure = true
    [[registry]]
    prefix = "docker.io/library"
    location = "docker.io/library"
    mirror-by-digest-only = true
    mirror = [{ location = "mirror.gcr.io/library" }]
    [[registry]]
    prefix = "*.wild.com"
    mirror = [{ location = "m.test/w", pull-from-mirror = "tag-only" }, { location = "d.test/w", pull-from-mirror = "digest-only" }]
    [[registry]]
    prefix = "*.sub.wild.com"
    location = "sub.test"
    [[registry]]
    prefix = "pin.test/a:1"
    location = "moved.test/b"
    [[registry]]
    prefix = "hub.test"
    location = "docker.io"
    [[registry]]
    prefix = "host.test"
    location = "ns.test/ns"
    [[registry]]
    prefix = "host.test:5000"
    location = "port.test"
    """

  @Test(
    "the longest prefix rewrites; mirrors come first",
    arguments: [
      (
        "example.com/foo/image",
        [
          "mirror https://m0.local/mirror-for-foo/image", "mirror https://127.0.0.1:5000/foo/image insecure",
          "https://internal.example.com/bar/image",
        ]
      ),
      (
        "example.com/foo",
        [
          "mirror https://m0.local/mirror-for-foo", "mirror https://127.0.0.1:5000/foo insecure",
          "https://internal.example.com/bar",
        ]
      ),
      ("example.com/foo/deep/x", ["https://example.com/foo/deep/x insecure"]),
      ("example.com/foobar", ["https://example.com/foobar"]),
      ("example.com/other/foo", ["https://example.com/other/foo"]),
      ("busybox", ["https://registry-1.docker.io/library/busybox"]),
      (
        "busybox@\(digest)",
        ["mirror https://mirror.gcr.io/library/busybox", "https://registry-1.docker.io/library/busybox"]
      ),
      ("user/busybox@\(digest)", ["https://registry-1.docker.io/user/busybox"]),
      ("a.wild.com/x", ["mirror https://m.test/w/x", "https://a.wild.com/x"]),
      ("a.wild.com/x@\(digest)", ["mirror https://d.test/w/x", "https://a.wild.com/x"]),
      ("b.a.wild.com/x", ["mirror https://m.test/w/x", "https://b.a.wild.com/x"]),
      ("wild.com/x", ["https://wild.com/x"]), ("notwild.com/x", ["https://notwild.com/x"]),
      ("evil.com/a.wild.com/x", ["https://evil.com/a.wild.com/x"]),
      ("a.sub.wild.com/x", ["https://sub.test/x"]),
      ("a.sub.wild.com:5000/x", ["https://sub.test:5000/x"]),
      ("pin.test/a:1", ["https://moved.test/b"]), ("pin.test/a:2", ["https://pin.test/a"]),
      ("pin.test/a:1@\(digest)", ["https://moved.test/b"]), ("pin.test/a@\(digest)", ["https://pin.test/a"]),
      ("hub.test/busybox", ["https://registry-1.docker.io/library/busybox"]),
      ("host.test/x", ["https://ns.test/ns/x"]), ("host.test:5000/x", ["https://port.test/x"]),
      ("host.test:5001/x", ["https://host.test:5001/x"]),
    ])
  func rewrites(_ image: String, _ expected: [String]) throws {
    #expect(try endpoints(image, Self.registries) == expected)
  }

  @Test(
    "a blocked image is denied, wherever it would come from",
    arguments: [
      ("bad.test/x", true), ("bad.test:1/x", false), ("good.test/x", false), ("good.test/bad/x", true),
      ("good.test/bad", true), ("good.test/badly", false), ("a.evil.test:5000/x", true),
      ("evil.test/x", false),
      ("bad.test/good/x", false), ("BAD.test/x", true), ("a.Evil.test/x", true),
    ])
  func blocks(_ image: String, _ isBlocked: Bool) throws {
    let registries = """
      [[registry]]
      location = "bad.test"
      blocked = true
      mirror = [{ location = "m.test" }]
      [[registry]]
      location = "bad.test/good"
      [[registry]]
      location = "good.test/bad"
      blocked = true
      [[registry]]
      prefix = "*.evil.test"
      blocked = true
      """
    let failure = failure { try endpoints(image, registries) }
    #expect(failure?.kind == (isBlocked ? .denied : nil))
    #expect(failure?.problem.contains("registries.conf:") ?? true)
  }

  @Test("a rewriting that makes no name is an error")
  func refusesNames() throws {
    let failure = failure {
      try endpoints("a.w.com:5000/x", "[[registry]]\nprefix = \"*.w.com\"\nlocation = \"b.test/ns\"")
    }
    #expect(failure?.kind == .failed)
  }
}
