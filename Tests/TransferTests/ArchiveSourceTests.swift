import Archive
import Glibc
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Transfer

@Suite("An archive as a source")
struct ArchiveSourceTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A tar of `members`; the names that begin with `L` are links.
  private func tar(_ members: [(String, [UInt8])], links: [(String, String)] = [], ends: Bool = true) throws
    -> [UInt8]
  {
    let file = try FileDescriptor.open(scratch.path("made.tar"), O_RDWR | O_CREAT | O_TRUNC)
    let writer = TarWriter(output: file, name: "made.tar")
    for (name, bytes) in members { try writer.file(name, bytes) }
    for (name, target) in links { try writer.symlink(name, to: target) }
    try writer.finish()
    return try scratch.bytes("made.tar")
  }

  private func members(of bytes: [UInt8]) throws -> [(String, [UInt8])] {
    let path = try scratch.write("list.tar", bytes)
    let reader = try ArchiveReader(input: try FileDescriptor.open(path, O_RDONLY), name: "list")
    var members: [(String, [UInt8])] = []
    while let entry = try reader.next() {
      var body: [UInt8] = []
      while let piece = try reader.nextBytes() { body.append(contentsOf: piece) }
      members.append((entry.path, body))
    }
    return members
  }

  /// Reads all that is in the archive; what it holds as a stream of ours.
  @discardableResult
  private func copy(_ input: FileDescriptor, spool: String? = nil) throws -> [UInt8] {
    let carrier = try Carrier.open(input, name: "in", spool: .directory(spool ?? scratch.path))
    return try stream(of: carrier.index.manifests.map(carrier.item), in: scratch, as: "copy.tar")
  }

  private func sample(_ layers: Int = 3, name: String = "sample:1") throws -> SampleImage {
    try SampleImage(
      layers: (0..<layers).map { noise(70_000 + $0, seed: UInt64($0 + name.count)) }, name: name)
  }

  @Test("our stream passes through a pipe byte for byte, without a spool file")
  func passes() throws {
    let image = try sample()
    let bytes = try stream(of: [image.item], in: scratch)
    #expect(image.finished)
    #expect(try copy(pipe(giving: bytes), spool: "/nonexistent") == bytes)
  }

  @Test("a stream of two images that share a layer passes too")
  func passesTwo() throws {
    let shared = noise(100_000, seed: 7)
    let one = try SampleImage(layers: [shared, noise(10, seed: 1)], name: "one")
    let two = try SampleImage(layers: [shared, noise(10, seed: 2)], name: "two")
    let bytes = try stream(of: [one.item, two.item], in: scratch)
    #expect(try members(of: bytes).count == 2 + 2 + 2 + 3)
    #expect(try copy(pipe(giving: bytes), spool: "/nonexistent") == bytes)
  }

  @Test("the members come in canonical order: manifests, configs, layers from the base up")
  func order() throws {
    let image = try sample()
    let names = try members(of: stream(of: [image.item], in: scratch)).map(\.0)
    let blobs = [image.entry.digest, image.config.digest] + image.layers.map(\.digest)
    #expect(names == ["oci-layout", "index.json"] + blobs.map(\.blobPath))
  }

  @Test("an archive in any order gives the same stream, from a file and from a pipe")
  func anyOrder() throws {
    let image = try sample()
    let bytes = try stream(of: [image.item], in: scratch)
    let parts = try members(of: bytes)
    for rotation in 1..<parts.count {
      let turned = try tar(Array(parts[rotation...] + parts[..<rotation]))
      #expect(try copy(pipe(giving: turned)) == bytes, "from member \(rotation) on, in a pipe")
      let path = try scratch.write("turned.tar", turned)
      #expect(try copy(FileDescriptor.open(path, O_RDONLY), spool: "/nonexistent") == bytes)
    }
    #expect(try copy(pipe(giving: tar(parts.reversed()))) == bytes)
  }

  @Test("an order that needs a spool file where none can be made is an error that names the directory")
  func noSpool() throws {
    let bytes = try tar(members(of: stream(of: [sample().item], in: scratch)).reversed())
    let failure = try #require(throws: Failure.self) {
      try copy(pipe(giving: bytes), spool: "/nonexistent")
    }
    #expect(failure.subject == "/nonexistent")
  }

  @Test("a stream cut anywhere is an error", arguments: [false, true])
  func truncated(fromPipe: Bool) throws {
    let bytes = try stream(of: [sample(1).item], in: scratch)
    for length in stride(from: 0, to: bytes.count, by: 512) {
      let cut = Array(bytes[..<length])
      #expect(throws: Failure.self, "\(length) of \(bytes.count) bytes") {
        let input =
          fromPipe ? try pipe(giving: cut) : try FileDescriptor.open(scratch.write("cut", cut), O_RDONLY)
        try copy(input)
      }
    }
  }

  @Test("any bit flipped in a document or a blob is found", arguments: [false, true])
  func flipped(fromPipe: Bool) throws {
    let image = try sample(1)
    let parts = try members(of: stream(of: [image.item], in: scratch))
    for part in 2..<parts.count {
      for place in [0, parts[part].1.count / 2, parts[part].1.count - 1] {
        var changed = parts
        changed[part].1[place] ^= 1
        let bytes = try tar(changed)
        let failure = try #require(throws: Failure.self, "\(parts[part].0) at \(place)") {
          try copy(
            fromPipe ? pipe(giving: bytes) : FileDescriptor.open(scratch.write("flip", bytes), O_RDONLY))
        }
        #expect(failure.kind == .invalid)
      }
    }
  }

  @Test(
    "a member that leaves the archive, or a link in place of a blob, is refused",
    arguments: ["../oci-layout", "/etc/passwd", "blobs/../../x", "blobs/sha256/../../../x"])
  func leaves(name: String) throws {
    let parts = try members(of: stream(of: [sample(1).item], in: scratch))
    for bytes in [try tar(parts + [(name, [1])]), try tar([(name, [1])] + parts)] {
      for input in [try pipe(giving: bytes), try FileDescriptor.open(scratch.write("x", bytes), O_RDONLY)] {
        let failure = try #require(throws: Failure.self) { try copy(input) }
        #expect(failure.kind == .invalid)
      }
    }
  }

  @Test("a link in place of a blob is refused")
  func linkedBlob() throws {
    let image = try sample(1)
    let parts = try members(of: stream(of: [image.item], in: scratch))
    let blob = image.layers[0].digest.blobPath
    let bytes = try tar(
      parts.filter { $0.0 != blob } + [("elsewhere", image.blobs[image.layers[0].digest]!)],
      links: [(blob, "../../elsewhere")])
    for input in [try pipe(giving: bytes), try FileDescriptor.open(scratch.write("x", bytes), O_RDONLY)] {
      let failure = try #require(throws: Failure.self) { try copy(input) }
      #expect(failure.kind == .invalid)
      #expect(failure.problem.contains("is a link"))
    }
  }

  @Test("two members of one name are refused", arguments: ["index.json", "blob"])
  func twice(name: String) throws {
    let image = try sample(1)
    let parts = try members(of: stream(of: [image.item], in: scratch))
    let again = parts.first { $0.0 == (name == "blob" ? image.layers[0].digest.blobPath : name) }!
    let bytes = try tar(parts + [again])
    #expect(throws: Failure.self) { try copy(FileDescriptor.open(scratch.write("x", bytes), O_RDONLY)) }
    if name == "index.json" { #expect(throws: Failure.self) { try copy(pipe(giving: bytes)) } }
  }

  @Test("what is no image is said to be none")
  func noImage() throws {
    for bytes in [try tar([("hello", [1, 2, 3])]), try tar([])] {
      for input in [try pipe(giving: bytes), try FileDescriptor.open(scratch.write("x", bytes), O_RDONLY)] {
        let failure = try #require(throws: Failure.self) { try copy(input) }
        #expect(failure.kind == .invalid)
      }
    }
  }

  @Test("a Docker archive without index.json becomes the image that its manifest.json describes")
  func docker() throws {
    let image = try sample()
    let layers = image.layers.enumerated().map { ("\($0.offset)/layer.tar", image.blobs[$0.element.digest]!) }
    let manifest =
      #"[{"Config":"\#(image.config.digest.hex).json","RepoTags":["sample:1"],"Layers":["#
      + layers.map { "\"\($0.0)\"" }.joined(separator: ",") + "]}]"
    let members =
      layers + [
        ("\(image.config.digest.hex).json", image.blobs[image.config.digest]!),
        ("manifest.json", Array(manifest.utf8)),
      ]
    let expected = try stream(of: [image.item], in: scratch)
    for order in [members, members.reversed()] {
      #expect(try copy(pipe(giving: tar(order))) == expected)
      #expect(
        try copy(FileDescriptor.open(scratch.write("d", tar(order)), O_RDONLY), spool: "/no") == expected)
    }
  }

  @Test("a Docker archive's image may be without layers, as Go writes that")
  func dockerWithoutLayers() throws {
    let image = try SampleImage(layers: [])
    let archive = try tar([
      ("c.json", image.blobs[image.config.digest]!),
      ("manifest.json", Array(#"[{"Config":"c.json","RepoTags":null,"Layers":null}]"#.utf8)),
    ])
    let names = try members(of: copy(pipe(giving: archive))).map(\.0)
    #expect(names.contains(image.config.digest.blobPath))
  }

  @Test("names without end are refused before they fill the memory")
  func endlessNames() throws {
    let long = String(repeating: "abcdefgh", count: 8000)
    let archive = try tar(
      (0..<300).map { ("\($0)\(long)", []) } + members(of: stream(of: [sample().item], in: scratch)))
    let failure = #expect(throws: Failure.self) { try copy(pipe(giving: archive)) }
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem.contains("endless names") == true)
  }

  @Test("a Docker archive's layer may be a link to another layer of the archive")
  func dockerLink() throws {
    let layer = noise(5000, seed: 3)
    let image = try SampleImage(layers: [layer, layer])
    let manifest =
      #"[{"Config":"c.json","RepoTags":null,"Layers":["a/layer.tar","b/layer.tar"]}]"#
    let bytes = try tar(
      [
        ("a/layer.tar", layer), ("c.json", image.blobs[image.config.digest]!),
        ("manifest.json", Array(manifest.utf8)),
      ],
      links: [("b/layer.tar", "../a/layer.tar")])
    let carrier = try Carrier.open(pipe(giving: bytes), name: "in", spool: .directory(scratch.path))
    #expect(carrier.index.manifests.map(\.digest) == [image.entry.digest])
    #expect(carrier.index.manifests[0].imageName == nil)
  }

  @Test("a Docker archive that contradicts itself is refused")
  func dockerWrong() throws {
    let image = try sample(1)
    let layer = image.blobs[image.layers[0].digest]!
    let config = image.blobs[image.config.digest]!
    func archive(_ manifest: String, config: [UInt8] = config, layer: [UInt8] = layer) throws -> [UInt8] {
      try tar([
        ("a/layer.tar", layer), ("\(image.config.digest.hex).json", config),
        ("manifest.json", Array(manifest.utf8)),
      ])
    }
    let name = "\(image.config.digest.hex).json"
    let right = #"[{"Config":"\#(name)","RepoTags":["a:1"],"Layers":["a/layer.tar"]}]"#
    try copy(pipe(giving: archive(right)))
    var otherLayer = layer
    otherLayer[100] ^= 1
    let wrong = [
      try archive(#"[{"Config":"\#(name)","RepoTags":["a:1"],"Layers":[]}]"#),
      try archive(#"[{"Config":"\#(name)","RepoTags":["a:1"],"Layers":["a/layer.tar","a/layer.tar"]}]"#),
      try archive(#"[{"Config":"\#(name)","RepoTags":["a:1"],"Layers":["b/layer.tar"]}]"#),
      try archive(#"[{"Config":"../\#(name)","RepoTags":["a:1"],"Layers":["a/layer.tar"]}]"#),
      try archive(#"[{"Config":"\#(name)","RepoTags":["A:1"],"Layers":["a/layer.tar"]}]"#),
      try archive("[]"), try archive("{}"), try archive("<html>"), try archive(#"[{"Config":1}]"#),
      try archive(right, config: config + [0x20]), try archive(right, layer: otherLayer),
    ]
    for (number, bytes) in wrong.enumerated() {
      let failure = try #require(throws: Failure.self, "case \(number)") { try copy(pipe(giving: bytes)) }
      #expect(failure.kind == .invalid, "case \(number): \(failure)")
    }
  }

  @Test("a manifest.json beside index.json that gives the name to another config is refused")
  func contradiction() throws {
    let image = try sample(1)
    let bytes = try stream(of: [image.item], docker: DockerManifest(platform: nil), in: scratch)
    try copy(pipe(giving: bytes))
    var parts = try members(of: bytes)
    let place = parts.firstIndex { $0.0 == "manifest.json" }!
    let other = String(decoding: parts[place].1, as: UTF8.self)
      .replacing(image.config.digest.hex, with: String(repeating: "0", count: 64))
    parts[place].1 = Array(other.utf8)
    let changed = try tar(parts)
    for input in [try pipe(giving: changed), try FileDescriptor.open(scratch.write("x", changed), O_RDONLY)] {
      let failure = try #require(throws: Failure.self) { try copy(input) }
      #expect(failure.problem.contains("contradicts itself"))
    }
  }
}
