import Image
import System
import Testing

private let f64 = "sha256:" + String(repeating: "f", count: 64)
private let hex64 = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a"

/// The cases are those of distribution/reference (reference_test.go, normalize_test.go; Apache-2.0), normalised.
@Suite struct ReferenceTests {
  @Test(
    "a reference is made whole",
    arguments: [
      ("busybox", "docker.io/library/busybox:latest"),
      ("busybox:1.36", "docker.io/library/busybox:1.36"),
      ("busybox@\(f64)", "docker.io/library/busybox@\(f64)"),
      ("library/busybox", "docker.io/library/busybox:latest"),
      ("docker.io/busybox", "docker.io/library/busybox:latest"),
      ("index.docker.io/busybox", "docker.io/library/busybox:latest"),
      ("index.docker.io/fooo/bar", "docker.io/fooo/bar:latest"),
      ("gcr.io/library/busybox:latest@\(f64)", "gcr.io/library/busybox:latest@\(f64)"),
      ("test_com", "docker.io/library/test_com:latest"),
      ("test.com:tag", "docker.io/library/test.com:tag"),
      ("test.com:5000", "docker.io/library/test.com:5000"),
      ("test.com/repo:tag", "test.com/repo:tag"),
      ("test:5000/repo", "test:5000/repo:latest"),
      ("test:5000/repo:tag@\(f64)", "test:5000/repo:tag@\(f64)"),
      ("lowercase:Uppercase", "docker.io/library/lowercase:Uppercase"),
      ("Uppercase/lowercase:tag", "Uppercase/lowercase:tag"),
      ("LOCALDOMAIN/library/debian", "LOCALDOMAIN/library/debian:latest"),
      ("localhost/debian", "localhost/debian:latest"),
      ("sub-dom1.foo.com/bar/baz/quux:some-long-tag", "sub-dom1.foo.com/bar/baz/quux:some-long-tag"),
      (
        "b.gcr.io/test.example.com/my-app:test.example.com",
        "b.gcr.io/test.example.com/my-app:test.example.com"
      ),
      ("xn--7o8h.com/myimage:xn--7o8h.com@\(f64)", "xn--7o8h.com/myimage:xn--7o8h.com@\(f64)"),
      ("foo_bar.com:8080", "docker.io/library/foo_bar.com:8080"),
      ("foo/foo_bar.com:8080", "docker.io/foo/foo_bar.com:8080"),
      ("192.168.1.1", "docker.io/library/192.168.1.1:latest"),
      ("192.168.1.1:5000/repo:5050", "192.168.1.1:5000/repo:5050"),
      ("[2001:db8::1]/repo", "[2001:db8::1]/repo:latest"),
      ("[2001:db8:1:2:3:4:5:6]/repo:tag", "[2001:db8:1:2:3:4:5:6]/repo:tag"),
      ("[2001:db8::1]:5000/repo:tag@\(f64)", "[2001:db8::1]:5000/repo:tag@\(f64)"),
      ("[::1]:5000/repo", "[::1]:5000/repo:latest"),
      ("docker.io/\(hex64)", "docker.io/library/\(hex64):latest"),
      (String(hex64.dropLast()), "docker.io/library/\(hex64.dropLast()):latest"),
      ("docker---rules/docker", "docker.io/docker---rules/docker:latest"),
      ("dock__er/docker", "docker.io/dock__er/docker:latest"),
      ("d/docker", "docker.io/d/docker:latest"),
      ("a__b:_x", "docker.io/library/a__b:_x"),
    ])
  func accepts(_ text: String, _ whole: String) throws {
    let reference = try Reference(parsing: text)
    #expect(reference.description == whole)
    #expect(try Reference(parsing: whole) == reference, "the whole form means the same")
    let familiar = reference.familiarName
    #expect(try Reference(parsing: familiar).fullName == reference.fullName, "so does the familiar one")
  }

  @Test(
    "domain, path and familiar name are told apart",
    arguments: [
      ("localhost/fooo/bar", "localhost", "fooo/bar", "localhost/fooo/bar:latest"),
      ("library/ubuntu", "docker.io", "library/ubuntu", "ubuntu:latest"),
      ("nonlibrary/ubuntu", "docker.io", "nonlibrary/ubuntu", "nonlibrary/ubuntu:latest"),
      ("library/foo/bar", "docker.io", "library/foo/bar", "library/foo/bar:latest"),
      ("127.0.0.1:8000/privatebase", "127.0.0.1:8000", "privatebase", "127.0.0.1:8000/privatebase:latest"),
      ("FOO/bar", "FOO", "bar", "FOO/bar:latest"),
      ("busybox:1@\(f64)", "docker.io", "library/busybox", "busybox:1"),
      ("busybox@\(f64)", "docker.io", "library/busybox", "busybox@\(f64)"),
    ])
  func parts(_ text: String, _ domain: String, _ path: String, _ familiar: String) throws {
    let reference = try Reference(parsing: text)
    #expect(reference.domain == domain)
    #expect(reference.path == path)
    #expect(reference.familiarName == familiar)
  }

  @Test("the path has at most 255 characters")
  func length() throws {
    let long = String(repeating: "a", count: 255)
    #expect(try Reference(parsing: "example.com/\(long):tag").path == long)
    #expect(
      problem { _ = try Reference(parsing: "example.com/\(long)a:tag") }
        == "repository name must not be more than 255 characters")
    let deep = String(repeating: "a/", count: 127) + "a"
    #expect(try Reference(parsing: "\(deep):tag-puts-this-over-max").path == deep)
    #expect(try Reference(parsing: "a:" + String(repeating: "x", count: 128)).tag?.count == 128)
    #expect(throws: Failure.self) { try Reference(parsing: "a:" + String(repeating: "x", count: 129)) }
  }

  @Test(
    "what is out of the grammar is refused in Docker's words",
    arguments: [
      "", ":justtag", "@\(f64)", "repo@sha256:\(String(repeating: "f", count: 34))",
      "repo@invaliddigest:\(hex64)",
      "repo@", "repo@\(f64)@\(f64)", "repo@sha256:\(String(repeating: "F", count: 64))", "repo:", "repo:a:b",
      "repo:-a",
      "repo:.a", "repo:ä", "aa/asdf$$^/aa", "[2001:db8::1]", "[2001:db8::1]:5000", "[2001:db8::1]:tag",
      "[fe80::1%eth0]:5000/repo", "[fe80::1%@invalidzone]:5000/repo", "https://github.com/docker/docker",
      "-docker",
      "-docker/docker", "-docker.io/docker/docker", "docker///docker", "docker.io/docker///docker",
      "fc00::1:5000/debian", "[2001:db8:3:4::192.0.2.33]:5000/debian", "docker-/docker", "____/____",
      "_docker/_docker", "dock..er/docker", "dock_.er/docker", "dock-.er/docker", "dock___er/docker",
      "docker/",
      "/docker", "docker.io/", "localhost:/a", "localhost:x/a", "a..b/c", ".a/b", "a./b", "[]/a", "[::1/a",
      "[::1]x/a",
      " busybox", "busybox ", "busy box", "busybox\n", "busybox\0", "büsybox", "repo:tag@\(f64)x",
      "foo_bar.com/x",
    ])
  func refuses(_ text: String) {
    #expect { try Reference(parsing: text) } throws: {
      guard let failure = $0 as? Failure else { return false }
      return failure.kind == .usage && failure.problem.hasPrefix("invalid reference format")
        && failure.subject == (text.isEmpty ? "''" : text)
    }
  }

  @Test(
    "upper case in the path is named as the mistake",
    arguments: [
      "Uppercase:tag", "test:5000/Uppercase/lowercase:tag", "docker/Docker", "docker.io/docker/Docker",
      "BUSYBOX",
    ])
  func upperCase(_ text: String) {
    #expect(problem { _ = try Reference(parsing: text) }.hasSuffix("repository name must be lowercase"))
  }

  @Test("64 hexadecimal digits are an ID and no name")
  func hexadecimal() {
    #expect(
      problem { _ = try Reference(parsing: hex64) }.contains("cannot specify 64-byte hexadecimal strings"))
  }

  @Test("a sha512 digest is as good")
  func sha512() throws {
    let text = "a@sha512:" + String(repeating: "0", count: 128)
    #expect(try Reference(parsing: text).digest?.algorithm == .sha512)
  }

  @Test("the reference by digest has no tag")
  func byDigest() throws {
    let reference = try Reference(parsing: "localhost:5000/a:1").at(digest("a"))
    #expect(reference.description == "localhost:5000/a@\(digest("a"))")
  }
}
