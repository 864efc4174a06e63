import Image
import System
import Testing

@Suite struct IndexTests {
  private static let entry =
    #"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#(digest("a"))","size":7}"#

  private func text(_ index: Index) -> String { String(decoding: index.raw, as: UTF8.self) }

  private func entry(_ digit: Character, _ name: String? = nil) throws -> Descriptor {
    let plain = Descriptor(mediaType: .imageManifest, digest: digest(digit), size: 7)
    return try name.map { try plain.named(Reference(parsing: $0)) } ?? plain
  }

  /// Digit and name of each entry.
  private func summary(_ index: Index) -> [String] {
    index.manifests.map { "\($0.digest.hex.first ?? "?") \($0.imageName ?? "-")" }
  }

  @Test(
    "what is not an index of that type is refused",
    arguments: [
      (#"{"schemaVersion":2,"manifests":[],"config":{}}"#, "config has no place in an index"),
      (#"{"schemaVersion":2,"manifests":[],"layers":[]}"#, "layers has no place in an index"),
      (
        #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}"#,
        "it was given as"
      ),
      (#"{"schemaVersion":2}"#, "manifests is missing"), (#"{"manifests":[]}"#, "schemaVersion is missing"),
      (#"{"schemaVersion":1,"manifests":[]}"#, "schema 1"), ("[]", "the document is not an object"),
    ])
  func refuses(_ text: String, _ expected: String) {
    let found = problem { _ = try Index(raw: Array(text.utf8)) }
    #expect(found.contains(expected), "\(found)")
  }

  @Test("a manifest's type is refused")
  func type() {
    #expect(
      problem { _ = try Index(raw: Index.empty.raw, mediaType: .imageManifest) }
        .hasSuffix("is not the type of an image index"))
  }

  @Test("the index of a new layout is empty and valid")
  func empty() throws {
    #expect(
      text(.empty)
        == #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#)
    #expect(try Index(raw: Index.empty.raw).manifests.isEmpty)
  }

  @Test("null entries are none, and one can be added")
  func null() throws {
    var index = try Index(raw: Array(#"{"schemaVersion":2,"manifests":null}"#.utf8))
    try index.add([entry("a")])
    #expect(text(index) == #"{"schemaVersion":2,"manifests":[\#(Self.entry)]}"#)
  }

  @Test("adding keeps unknown fields, numbers and order of everything that is there")
  func unknown() throws {
    let other =
      #"{"x":1.50,"size":7,"digest":"\#(digest("b"))","mediaType":"application/xml","annotations":{"z":"1","a":"2"}}"#
    let before =
      #"{"y":{"n":null},"schemaVersion":2,"manifests":[\#(other)],"annotations":{"k":"v"},"z":1e3}"#
    var index = try Index(raw: Array(before.utf8))
    try index.add([entry("a")])
    #expect(text(index) == before.replacing(other, with: "\(other),\(Self.entry)"))
    #expect(try Index(raw: index.raw).manifests == index.manifests)
  }

  @Test("adding what is there changes nothing, not even white space")
  func unchanged() throws {
    let before = Array(#"{ "schemaVersion": 2, "manifests": [ \#(Self.entry) ] }"#.utf8)
    var index = try Index(raw: before)
    try index.add([entry("a")])
    index.annotate("absent", nil)
    #expect(index.raw == before)
  }

  @Test("a name moves; the image that had it stays without a name")
  func moves() throws {
    var index = Index.empty
    try index.add([entry("a", "busybox"), entry("b", "debian")])
    try index.add([entry("c", "busybox:latest")])
    #expect(
      summary(index) == ["a -", "b docker.io/library/debian:latest", "c docker.io/library/busybox:latest"])
    #expect(index.manifests[0].annotations.isEmpty)
  }

  @Test("an image with two names loses only the one that moves")
  func twoNames() throws {
    var index = Index.empty
    try index.add([entry("a", "x:1"), entry("a", "x:2")])
    try index.add([entry("b", "x:1")])
    #expect(summary(index) == ["a docker.io/library/x:2", "b docker.io/library/x:1"])
  }

  @Test("an image without a name gets it, and keeps its place")
  func promotes() throws {
    var index = Index.empty
    try index.add([entry("a"), entry("b", "y")])
    try index.add([entry("a", "x")])
    #expect(summary(index) == ["a docker.io/library/x:latest", "b docker.io/library/y:latest"])
  }

  @Test("a named image added without a name stays as it is")
  func nameless() throws {
    var index = Index.empty
    try index.add([entry("a", "x")])
    let before = index.raw
    try index.add([entry("a")])
    #expect(index.raw == before)
  }

  @Test("the same name for the same image is replaced in its place")
  func replaces() throws {
    var index = Index.empty
    try index.add([entry("a", "x"), entry("b", "y")])
    var again = try entry("a", "x")
    again.annotations[AnnotationKey.indexDigest] = "\(digest("f"))"
    index.add([again])
    #expect(index.manifests.count == 2)
    #expect(index.manifests[0].indexDigest == digest("f"))
  }

  @Test("another tool's entry under the very name gives it up, one under a mere tag does not")
  func foreign() throws {
    var named = try entry("a")
    named.annotations[AnnotationKey.refName] = "x:latest"
    var tagged = try entry("b")
    tagged.annotations[AnnotationKey.refName] = "latest"
    var index = Index([named, tagged])
    try index.add([entry("c", "x")])
    #expect(summary(index) == ["a -", "b latest", "c docker.io/library/x:latest"])
  }

  @Test("a name written short by another tool is the same name")
  func short() throws {
    var old = try entry("a")
    old.annotations[AnnotationKey.containerdName] = "x"
    var index = Index([old])
    try index.add([entry("b", "docker.io/library/x:latest")])
    #expect(summary(index) == ["a -", "b docker.io/library/x:latest"])
  }

  @Test("an annotation of the index is set, replaced and removed")
  func annotates() throws {
    var index = Index.empty
    index.annotate(AnnotationKey.absent, "x")
    #expect(try Index(raw: index.raw).annotations == [AnnotationKey.absent: "x"])
    index.annotate(AnnotationKey.absent, "y")
    #expect(try Index(raw: index.raw).annotations == [AnnotationKey.absent: "y"])
    index.annotate(AnnotationKey.absent, nil)
    #expect(index.raw == Index.empty.raw)
  }

  @Test("the same edits give the same bytes")
  func deterministic() throws {
    func make() throws -> [UInt8] {
      var index = Index([], annotations: ["c": "1", "a": "2", "b": "3"])
      for round in 0..<20 { try index.add([entry("a", "x:\(round % 7)"), entry("b", "x:\(round % 5)")]) }
      return index.raw
    }
    #expect(try make() == make())
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
