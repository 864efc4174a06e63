import Image
import System
import Testing

@testable import Registry

@Suite struct RegistriesFileTests {
  @Test("all documented keys are read")
  func readsAll() throws {
    let file = try RegistriesFile(
      Array(
        """
        unqualified-search-registries = ["example.com", "docker.io"]
        credential-helpers = ["containers-auth.json", "pass"]
        short-name-mode = "enforcing"
        additional-layer-store-auth-helper = "als"
        [[registry]]
        prefix = "example.com/foo/"
        location = "internal.example:5000/bar"
        insecure = true
        blocked = false
        mirror = [{ location = "m.local/foo", pull-from-mirror = "tag-only" }]
        [[registry]]
        prefix = "*.dev"
        blocked = true
        mirror-by-digest-only = false
        [[registry]]
        location = "registry.com"
        mirror-by-digest-only = true
        [[registry.mirror]]
        location = "mirror.registry.com"
        insecure = true
        [aliases]
        "fedora" = "registry.fedoraproject.org/fedora"
        none = ""
        """.utf8), name: "f")
    #expect(file.credentialHelpers == ["containers-auth.json", "pass"])
    #expect(file.registries.keys.sorted() == ["*.dev", "example.com/foo", "registry.com"])
    let foo = try #require(file.registries["example.com/foo"])
    #expect(foo.location?.name == "internal.example:5000/bar")
    #expect(foo.insecure && !foo.blocked)
    #expect(foo.mirrors.map(\.use) == [.tagOnly])
    #expect(foo.origin == "f:5")
    let com = try #require(file.registries["registry.com"])
    #expect(com.mirrors.map(\.use) == [.digestOnly])
    #expect(com.mirrors.map(\.insecure) == [true])
  }

  @Test(
    "a mistake is an error with its file and line",
    arguments: [
      ("unknown = 1", 1, "unknown"),
      ("[[registry]]\nlocation = \"a.b\"\nlocatoin = \"a.b\"", 3, "locatoin"),
      (
        "[[registry]]\nlocation = \"a.b\"\n[[registry.mirror]]\nlocation = \"c.d\"\nblocked = true", 5,
        "blocked"
      ),
      ("[[registry]]\nlocation = \"a.b\"\npull-from-mirror = \"all\"", 3, "pull-from-mirror"),
      ("[[registry]]\nblocked = \"true\"\nprefix = \"a.b\"", 2, "boolean"),
      ("[[registry]]\nlocation = 5", 2, "string"),
      ("[registry]\nlocation = \"a.b\"", 1, "array of tables"),
      ("registry = [\n1]", 2, "array of tables"),
      ("credential-helpers = \"x\"", 1, "array of strings"),
      ("unqualified-search-registries = [\"a.b\",\n true]", 2, "array of strings"),
      ("aliases = 1", 1, "table"),
      ("[aliases]\nx = 1", 2, "string"),
      ("short-name-mode = \"maybe\"", 1, "enforcing"),
      ("\n[[registry]]\ninsecure = true", 2, "prefix or a location"),
      ("[[registry]]\nprefix = \"\"\nlocation = \"\"", 1, "prefix or a location"),
      ("[[registry]]\nlocation = \"https://a.b\"", 2, "https://"),
      ("[[registry]]\nlocation = \"nohost/x\"", 2, "location"),
      ("[[registry]]\nprefix = \"example.*.com\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"*.example.com/foo\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"*.example.com:5000\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"*.\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"*\"", 2, "prefix"),
      ("[[registry]]\nlocation = \"*.a.b\"", 2, "location"),
      ("[[registry]]\nprefix = \"a.b:0\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"a.b:65536/x\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"a.b/../x\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"a.b/X\"", 2, "prefix"),
      ("[[registry]]\nprefix = \"a.b/x\\u0000\"", 2, "prefix"),
      ("[[registry]]\nlocation = \"a.b\"\n[[registry.mirror]]\ninsecure = true", 3, "location"),
      (
        "[[registry]]\nlocation = \"a.b\"\n[[registry.mirror]]\nlocation = \"c.d\"\npull-from-mirror = \"x\"",
        5, "all"
      ),
      (
        "[[registry]]\nlocation = \"a.b\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"c.d\"\n"
          + "pull-from-mirror = \"all\"", 6, "mirror-by-digest-only"
      ),
      ("[[registry]]\nprefix = \"a.b/x\"\nlocation = \"c.d/x:1\"", 3, "tag"),
      ("[[registry]]\nprefix = \"a.b/x:2\"\nlocation = \"c.d/x:1\"", 3, "tag"),
      ("[[registry]]\nlocation = \"a.b\"\n[[registry]]\nprefix = \"a.b/\"\nlocation = \"c.d\"", 4, "twice"),
      ("[registries.search]\nregistries = ['a.b']", 1, "version 1"),
      ("[[registry]\n", 1, "]]"),
    ])
  func refuses(_ text: String, _ line: Int, _ word: String) throws {
    let failure = try #require(failure { try RegistriesFile(Array(text.utf8), name: "f") })
    #expect(failure.kind == .failed)
    #expect(failure.subject == "f:\(line)")
    #expect(failure.problem.contains(word), "\(failure.problem)")
  }

  @Test("a key from a stranger can't break the line of an error")
  func keysAreOneLine() throws {
    let failure = try #require(failure { try RegistriesFile(Array(#""a\n\u001b[2J" = 1"#.utf8), name: "f") })
    #expect(failure.problem.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  private func registry(_ host: String, _ extra: String = "") -> String {
    "[[registry]]\nlocation = \"\(host)\"\n\(extra)\n"
  }

  @Test("the user's file replaces the system's and its drop-ins; drop-ins come in the order of their names")
  func looksUp() throws {
    let root = try ConfigurationRoot()
    try root.write("etc/containers/registries.conf", registry("a.b", "blocked = true") + registry("c.d"))
    try root.write("etc/containers/registries.conf.d/20.conf", registry("a.b", "insecure = true"))
    try root.write(
      "etc/containers/registries.conf.d/10.conf", "credential-helpers = ['x']\n" + registry("a.b"))
    try root.write("etc/containers/registries.conf.d/30.conf.bak", "not TOML")
    let user = "home/.config/containers/registries.conf"
    try root.write(user + ".d/z.conf", registry("e.f"))
    var file = try root.configuration().registries
    #expect(file.registries.keys.sorted() == ["a.b", "c.d", "e.f"])
    #expect(file.registries["a.b"].map { $0.insecure && !$0.blocked } == true)
    #expect(file.credentialHelpers == ["x"])

    try root.write(user, registry("g.h"))
    file = try root.configuration().registries
    #expect(file.registries.keys.sorted() == ["e.f", "g.h"])
    #expect(file.credentialHelpers == nil)

    let other = try root.write("other.conf", registry("i.j"))
    file = try root.configuration(["CONTAINERS_REGISTRIES_CONF": other]).registries
    #expect(file.registries.keys.sorted() == ["i.j"])
  }

  @Test("a file that was named but is not there is an error; others may be missing")
  func namedFileMustExist() throws {
    let root = try ConfigurationRoot()
    #expect(try root.configuration().registries.registries.isEmpty)
    let failure = failure { try root.configuration(["CONTAINERS_REGISTRIES_CONF": "/nonexistent/x"]) }
    #expect(failure?.subject == "/nonexistent/x")
    #expect(failure?.kind == .failed)
  }

  @Test("a file that is too large or not a file is an error, not a wait")
  func refusesStrangeFiles() throws {
    let root = try ConfigurationRoot()
    let path = try root.write(
      "etc/containers/registries.conf", [UInt8](repeating: UInt8(ascii: "#"), count: 10 << 20))
    let large = failure { try root.configuration() }
    #expect(large?.subject == path && large?.problem.contains("too large") == true)
    for device in ["/dev/zero", "/proc/self", "/tmp"] {
      #expect(
        failure { try root.configuration(["CONTAINERS_REGISTRIES_CONF": device]) }?.problem
          .contains("not a regular file") == true)
    }
  }
}
