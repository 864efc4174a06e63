import Image
import System
import Testing

@Suite struct ImageSelectorTests {
  private func entry(_ digit: Character, _ name: String? = nil, ref: String? = nil) -> Descriptor {
    var entry = Descriptor(mediaType: .imageManifest, digest: digest(digit), size: 7)
    entry.annotations[AnnotationKey.containerdName] = name
    entry.annotations[AnnotationKey.refName] = ref
    return entry
  }

  /// The first digit of the digest of what is selected, or the problem.
  private func select(_ selector: ImageSelector, _ entries: Descriptor..., ids: [Character: Digest] = [:])
    -> String
  {
    do {
      let found = try selector.resolve(in: Index(entries)) { entry in
        entry.digest.hex.first.flatMap { ids[$0] }
      }
      return String(found.digest.hex.prefix(1))
    } catch { return "\(error.kind): \(error.problem)" }
  }

  @Test(
    "every way to write a name selects the image of that name",
    arguments: [
      "busybox", "busybox:latest", "library/busybox", "docker.io/busybox", "docker.io/library/busybox:latest",
    ])
  func names(_ text: String) {
    let others = [entry("b", "docker.io/library/busybox:1"), entry("c", "localhost/busybox:latest")]
    for name in ["docker.io/library/busybox:latest", "busybox"] {
      #expect(select(.name(text), others[0], entry("a", name), others[1]) == "a")
    }
  }

  @Test("a full name wins over another tool's that reads the same")
  func precedence() {
    let docker = entry("a", "docker.io/library/v1:latest", ref: "latest")
    #expect(select(.name("v1"), entry("b", ref: "v1"), docker) == "a")
    #expect(
      select(.name("v1"), entry("b", ref: "v1"), entry("c", "docker.io/library/x:v1", ref: "v1")).contains(
        "fits several"))
  }

  @Test("names of other tools match exactly as they stand")
  func foreign() {
    let entries = (entry("a", ref: "v1"), entry("b", ref: "busybox:latest"), entry("c", ref: "Odd Name"))
    #expect(select(.name("v1"), entries.0, entries.1, entries.2) == "a")
    #expect(select(.name("busybox:latest"), entries.0, entries.1, entries.2) == "b")
    #expect(select(.name("Odd Name"), entries.0, entries.1, entries.2) == "c")
    #expect(
      select(.name("busybox"), entries.0, entries.1)
        == "notFound: no image busybox; it holds v1, busybox:latest")
  }

  @Test("a bare name that fits several images lists them; several entries of one image are one")
  func several() {
    let first = entry("a", "docker.io/library/x:latest", ref: "latest")
    let second = entry("b", "docker.io/library/y:latest", ref: "latest")
    #expect(select(.name("latest"), first, second) == "usage: latest fits several images: x:latest, y:latest")
    #expect(select(.name("latest"), first, entry("a", "docker.io/library/z:latest", ref: "latest")) == "a")
  }

  @Test("the only image is selected, whatever its names; several are listed")
  func only() {
    #expect(select(.only, entry("a", "x"), entry("a", "y")) == "a")
    #expect(select(.only, entry("a")) == "a")
    #expect(
      select(.only, entry("a", "x"), entry("b", ref: "v1"), entry("c"))
        == "usage: several images in it, name one: x:latest, v1, @\(digest("c"))")
    #expect(select(.only) == "notFound: no image in it")
  }

  @Test("what is no image is not selected")
  func notImages() {
    var attestation = entry("b")
    attestation.platform = Platform(os: "unknown", architecture: "unknown")
    var other = entry("c", ref: "x")
    other.mediaType = MediaType(rawValue: "application/xml")
    #expect(select(.only, attestation, entry("a"), other) == "a")
    #expect(select(.name("x"), entry("a"), other).hasPrefix("notFound"))
    #expect(select(.digest(digest("b")), attestation).hasPrefix("notFound"))
  }

  @Test("by digest of the manifest, or else of the index that it came from")
  func digests() {
    var pulled = entry("a", "x")
    pulled.annotations[AnnotationKey.indexDigest] = "\(digest("f"))"
    #expect(select(.digest(digest("a")), entry("b"), pulled) == "a")
    #expect(select(.digest(digest("f")), entry("b"), pulled) == "a")
    #expect(select(.digest(digest("f")), entry("f"), pulled) == "f", "its own digest comes first")
    #expect(select(.digest(digest("e")), pulled).hasPrefix("notFound: no image @sha256:eee"))
    var sibling = entry("b", "y")
    sibling.annotations[AnnotationKey.indexDigest] = "\(digest("f"))"
    #expect(select(.digest(digest("f")), pulled, sibling).contains("fits several images: x:latest, y:latest"))
  }

  @Test("name and digest must agree")
  func nameAtDigest() {
    var pulled = entry("a", "x")
    pulled.annotations[AnnotationKey.indexDigest] = "\(digest("f"))"
    #expect(select(.nameAtDigest("x", digest("a")), pulled, entry("b", "y")) == "a")
    #expect(select(.nameAtDigest("x", digest("f")), pulled) == "a")
    #expect(
      select(.nameAtDigest("x", digest("b")), pulled, entry("b", "y"))
        == "notFound: x is \(digest("a")), not \(digest("b"))")
    #expect(select(.nameAtDigest("z", digest("a")), pulled).hasPrefix("notFound: no image z"))
    let byDigest = entry("b", "docker.io/library/x@\(digest("f"))")
    #expect(
      select(.nameAtDigest("x", digest("b")), pulled, byDigest) == "b", "pulled by digest, without a tag")
  }

  @Test("the beginning of an ID selects where no name matches")
  func ids() {
    let ids: [Character: Digest] = ["a": digest("1"), "b": digest("2")]
    #expect(select(.name("1111111"), entry("a"), entry("b"), ids: ids) == "a")
    #expect(select(.name("bbbbbbbb"), entry("a"), entry("b"), ids: ids) == "b")
    #expect(select(.name(digest("2").hex), entry("a"), entry("b"), ids: ids) == "b")
    #expect(
      select(.name("1111111"), entry("a"), entry("b", "1111111"), ids: ids) == "b", "a name comes first")
    #expect(select(.name("111111"), entry("a"), ids: ids).hasPrefix("notFound"), "six digits are too few")
    #expect(select(.name("AAAAAAA"), entry("a"), ids: ids).hasPrefix("notFound"))
    #expect(
      select(.name("1111111"), entry("a"), entry("b"), ids: ["a": digest("1"), "b": digest("1")])
        .hasPrefix("usage: 1111111 fits several images"))
  }

  @Test("a failure to read an image's ID is passed on")
  func failure() {
    #expect {
      try ImageSelector.name("1234567").resolve(in: Index([entry("a")])) { _ throws(Failure) in
        throw Failure(.invalid, "b", "c")
      }
    } throws: { ($0 as? Failure)?.kind == .invalid }
  }

  @Test("names of strangers are listed on one line, and not without end")
  func listing() {
    let text = select(.name("x"), entry("a", ref: "a\n\u{1b}[2J"))
    #expect(text == #"notFound: no image x; it holds a\u{a}\u{1b}[2J"#)
    let many = (0..<1000).map { entry("a", ref: "name\($0)") }
    let problem = problem { _ = try ImageSelector.name("x").resolve(in: Index(many)) { _ in nil } }
    #expect(problem.hasSuffix("name18, name19 and others"))
  }
}
