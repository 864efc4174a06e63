import Image
import System
import Testing

@Suite struct DescriptorTests {
  private func descriptor(_ text: String) throws -> Descriptor {
    try Descriptor(json: JSON(parsing: Array(text.utf8)))
  }

  private static let required =
    #""mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#(digest("a"))","size":7"#

  @Test("every field survives reading and writing, known or not")
  func roundTrip() throws {
    let text =
      "{" + Self.required
      + #","urls":["https://a/b"],"annotations":{"a":"1","b":"2"},"platform":{"architecture":"arm","os":"linux","#
      + #""os.version":"1","os.features":["x"],"variant":"v7","features":["sse4"]},"#
      + #""artifactType":"text/plain","data":"e30=","future":{"x":[1.50,null]}}"#
    let descriptor = try descriptor(text)
    #expect(String(decoding: descriptor.json.encoded(), as: UTF8.self) == text)
    #expect(try Descriptor(json: descriptor.json) == descriptor)
    #expect(descriptor.platform?.osFeatures == ["x"])
    #expect(descriptor.otherFields["data"]?.string == "e30=")
  }

  @Test("a descriptor that is read equals one that is made")
  func equal() throws {
    let made = Descriptor(mediaType: .imageManifest, digest: digest("a"), size: 7)
    #expect(try descriptor("{" + Self.required + "}") == made)
    #expect(try descriptor("{" + Self.required + #","annotations":null,"urls":[]}"#) == made)
  }

  @Test(
    "what is wrong is named",
    arguments: [
      ("[]", "the document is not an object"), ("{}", "mediaType is missing"),
      (#"{"mediaType":7}"#, "mediaType is not a string"),
      (#"{"mediaType":"x"}"#, "mediaType is not a media type"),
      (#"{"mediaType":"a/b","digest":"md5:00"}"#, "digest is not a sha256 or sha512 digest"),
      (#"{"mediaType":"a/b","digest":"\#(digest("a"))"}"#, "size is missing"),
      (#"{"MediaType":"a/b"}"#, "mediaType is missing"),
      ("{\(required),\"urls\":\"x\"}", "urls is not an array of strings"),
      ("{\(required),\"urls\":[1]}", "urls is not an array of strings"),
      ("{\(required),\"annotations\":{\"a\":1}}", "annotations is not an object of strings"),
      ("{\(required),\"platform\":{\"os\":\"linux\"}}", "platform.architecture is missing"),
      ("{\(required),\"platform\":\"linux\"}", "platform is not an object"),
    ])
  func wrong(_ text: String, _ expected: String) {
    #expect(problem { _ = try descriptor(text) } == expected)
  }

  @Test(
    "a size is a whole number from 0 to 2^63-1",
    arguments: [
      ("0", true), ("9223372036854775807", true), ("9223372036854775808", false),
      ("18446744073709551616", false),
      ("-1", false), ("-0", true), ("1.0", false), ("1e3", false), ("\"1\"", false), ("null", false),
    ])
  func size(_ text: String, _ isValid: Bool) {
    let json = #"{"mediaType":"a/b","digest":"\#(digest("a"))","size":\#(text)}"#
    #expect(problem { _ = try descriptor(json) }.isEmpty == isValid)
  }

  @Test("a name is set in full and, where the grammar of layouts allows it, in short")
  func naming() throws {
    let plain = Descriptor(mediaType: .imageManifest, digest: digest("a"), size: 7, annotations: ["k": "v"])
    let named = try plain.named(Reference(parsing: "busybox"))
    #expect(
      named.annotations == [
        "k": "v", "io.containerd.image.name": "docker.io/library/busybox:latest",
        "org.opencontainers.image.ref.name": "busybox:latest",
      ])
    #expect(named.imageName == "docker.io/library/busybox:latest")
    let odd = try named.named(Reference(parsing: "a__b:_x"))
    #expect(odd.annotations == ["k": "v", "io.containerd.image.name": "docker.io/library/a__b:_x"])
    #expect(odd.unnamed() == plain)
    let byDigest = try plain.named(Reference(parsing: "localhost:5000/a@\(digest("b"))"))
    #expect(byDigest.annotations["org.opencontainers.image.ref.name"] == "localhost:5000/a@\(digest("b"))")
    let both = try plain.named(Reference(parsing: "busybox:1@\(digest("b"))"))
    #expect(both.imageName == "docker.io/library/busybox:1")
  }

  @Test(
    "only names in the grammar of layouts are written there",
    arguments: [
      ("a--b", true), ("a-b", true), ("a---b", false), ("a_b:1", true), ("a:_x", false), ("a:x_", false),
      ("a:x--y", true), ("a:x_-y", false), ("[::1]:5000/a", false), ("h.x:5000/c/d:e-f", true),
    ])
  func refNames(_ name: String, _ isWritten: Bool) throws {
    let named = try Descriptor(mediaType: .imageManifest, digest: digest("a"), size: 7)
      .named(Reference(parsing: name))
    #expect((named.annotations[AnnotationKey.refName] != nil) == isWritten)
  }

  @Test("another tool's name is read where there is no full one")
  func foreignName() {
    var entry = Descriptor(mediaType: .imageManifest, digest: digest("a"), size: 7)
    #expect(entry.imageName == nil)
    entry.annotations[AnnotationKey.refName] = "v1"
    #expect(entry.imageName == "v1")
    entry.annotations[AnnotationKey.containerdName] = "docker.io/library/a:v1"
    #expect(entry.imageName == "docker.io/library/a:v1")
  }
}
