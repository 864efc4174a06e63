import Image
import System
import Testing

@Suite struct ManifestTests {
  private static let config =
    #"{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\#(digest("c"))","size":2}"#

  private func bytes(_ members: String, layers: String = "[]") -> [UInt8] {
    Array(#"{\#(members)"config":\#(Self.config),"layers":\#(layers)}"#.utf8)
  }

  @Test("the bytes are kept as they came")
  func raw() throws {
    let bytes = Array(" \n".utf8) + bytes(#""schemaVersion":2 , "x":1.50,"#) + Array("\n".utf8)
    #expect(try Manifest(raw: bytes, mediaType: .imageManifest).raw == bytes)
  }

  @Test(
    "what is not a manifest of that type is refused",
    arguments: [
      (
        #""schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","#,
        "it was given as"
      ),
      (#""schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","#, "it was given as"),
      (#""schemaVersion":2,"mediaType":7,"#, "mediaType is not a string"),
      (#""schemaVersion":2,"manifests":[],"#, "manifests has no place in a manifest"),
      (#""schemaVersion":3,"#, "schemaVersion is 3, not 2"),
      (#""schemaVersion":"2","#, "schemaVersion is not an integer"),
      ("", "schemaVersion is missing"), (#""schemaVersion":1,"#, "schema 1"),
      (#""schemaVersion":2,"fsLayers":[],"#, "schema 1"),
      (#""schemaVersion":2,"annotations":{"a":null},"#, "annotations is not an object of strings"),
      (#""schemaVersion":2,"subject":{},"#, "subject.mediaType is missing"),
    ])
  func refuses(_ members: String, _ expected: String) {
    let text = problem { _ = try Manifest(raw: bytes(members), mediaType: .imageManifest) }
    #expect(text.contains(expected), "\(text)")
  }

  @Test("a wrong layer is named by its place")
  func layer() {
    let layer = #"{"mediaType":"a/b","digest":"\#(digest("a"))","size":1}"#
    let layers = "[\(layer),{\"mediaType\":\"a/b\"}]"
    #expect(
      problem {
        _ = try Manifest(raw: bytes(#""schemaVersion":2,"#, layers: layers), mediaType: .imageManifest)
      }
        == "layers[1].digest is missing")
    #expect(
      problem {
        _ = try Manifest(raw: bytes(#""schemaVersion":2,"#, layers: "[1]"), mediaType: .imageManifest)
      }
        == "layers[0] is not an object")
  }

  @Test("neither config nor layers may be missing; null layers are none")
  func missing() throws {
    let without = { (text: String) in
      problem { _ = try Manifest(raw: Array(text.utf8), mediaType: .imageManifest) }
    }
    #expect(without(#"{"schemaVersion":2,"layers":[]}"#) == "config is missing")
    #expect(without(#"{"schemaVersion":2,"config":\#(Self.config)}"#) == "layers is missing")
    #expect(
      try Manifest(raw: bytes(#""schemaVersion":2,"#, layers: "null"), mediaType: .imageManifest).layers
        .isEmpty)
  }

  @Test("keys in other cases are not the fields: one digest is one image")
  func cases() throws {
    let bytes = bytes(#""schemaVersion":2,"Layers":[{"mediaType":"a/b"}],"CONFIG":{},"#)
    #expect(try Manifest(raw: bytes, mediaType: .imageManifest).layers.isEmpty)
  }

  @Test(
    "a type that is not that of a manifest is refused before the bytes are read",
    arguments: [MediaType.imageIndex, .dockerManifestList, .imageConfig, MediaType(rawValue: "text/html")])
  func types(_ type: MediaType) {
    #expect(
      problem { _ = try Manifest(raw: [], mediaType: type) }.hasSuffix("is not the type of an image manifest")
    )
  }

  @Test(
    "schema 1 is named as what it is",
    arguments: [MediaType.dockerManifestSchema1, .dockerManifestSchema1Signed])
  func schema1(_ type: MediaType) {
    #expect(problem { _ = try Manifest(raw: Array("{}".utf8), mediaType: type) }.contains("schema 1"))
  }

  @Test("a manifest above 4 MiB is refused")
  func size() {
    let bytes = bytes(#""schemaVersion":2,"x":"\#(String(repeating: "x", count: JSON.sizeLimit))","#)
    #expect(problem { _ = try Manifest(raw: bytes, mediaType: .imageManifest) }.contains("too many"))
  }

  @Test("what a stranger wrote appears in errors on one line, and not at length")
  func shown() {
    let text = #""schemaVersion":2,"mediaType":"a\n\u001b[31m\#(String(repeating: "x", count: 10_000))","#
    let problem = problem { _ = try Manifest(raw: bytes(text), mediaType: .imageManifest) }
    #expect(problem.contains(#"a\u{a}\u{1b}[31mxx"#))
    #expect(problem.utf8.count < 600)
  }

  @Test("a new manifest is read as what was said, and equal ones have equal bytes")
  func new() throws {
    let config = Descriptor(mediaType: .imageConfig, digest: digest("c"), size: 2)
    let layers = [Descriptor(mediaType: .layerGzip, digest: digest("a"), size: 1)]
    let manifest = Manifest(config: config, layers: layers, annotations: ["b": "1", "a": "2", "c": "3"])
    let read = try Manifest(raw: manifest.raw, mediaType: .imageManifest)
    #expect(read.config == config)
    #expect(read.layers == layers)
    #expect(read.annotations == manifest.annotations)
    #expect(
      String(decoding: manifest.raw, as: UTF8.self).hasSuffix(#""annotations":{"a":"2","b":"1","c":"3"}}"#))
  }

  @Test("replacing layers keeps every other field and the order")
  func replacing() throws {
    let docker =
      #""schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","x":{"y":1.50},"#
    let manifest = try Manifest(raw: bytes(docker), mediaType: .dockerManifest)
    let layer = Descriptor(mediaType: .layer, digest: digest("a"), size: 1)
    let new = try manifest.replacing(mediaType: .imageManifest, config: manifest.config, layers: [layer])
    let text = String(decoding: new.raw, as: UTF8.self)
    #expect(
      text.hasPrefix(
        #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","x":{"y":1.50},"config""#
      ))
    #expect(new.layers == [layer])
  }
}
