import Archive
import Glibc
import Image
import Layout
import System
import TestSupport
import Testing

@testable import Transfer

@Suite("Docker archives that hostile or odd hands made")
struct DockerArchiveTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Both ways to read an archive of `members`: a file and a pipe.
  private func inputs(_ members: [(String, [UInt8])], links: [(String, String)] = []) throws
    -> [FileDescriptor]
  {
    let file = try FileDescriptor.open(scratch.path("made.tar"), O_RDWR | O_CREAT | O_TRUNC)
    let writer = TarWriter(output: file, name: "made.tar")
    for (name, bytes) in members { try writer.file(name, bytes) }
    for (name, target) in links { try writer.symlink(name, to: target) }
    try writer.finish()
    return [
      try FileDescriptor.open(scratch.path("made.tar"), O_RDONLY),
      try pipe(giving: scratch.bytes("made.tar")),
    ]
  }

  private func open(_ input: FileDescriptor) throws -> Carrier {
    try Carrier.open(input, name: "in", spool: .directory(scratch.path))
  }

  private func refusal(of members: [(String, [UInt8])], links: [(String, String)] = []) throws -> [String] {
    try inputs(members, links: links).map { input in
      let failure = try #require(throws: Failure.self) { try open(input) }
      #expect(failure.kind == .invalid, "\(failure)")
      return failure.problem
    }
  }

  private func text(_ json: String) -> [UInt8] { Array(json.utf8) }

  private func config(_ layers: [[UInt8]]) -> [UInt8] {
    let diffIDs = layers.map { "\"\(Digest.of($0))\"" }.joined(separator: ",")
    return text(
      #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[\#(diffIDs)]}}"#)
  }

  @Test("thousands of names of one image don't take time by their square", .timeLimit(.minutes(1)))
  func manyNames() throws {
    let items = (0..<9000).map { #"{"Config":"c","Layers":["l"],"RepoTags":["many:\#($0)"]}"# }
    let members = [
      ("c", config([[1]])), ("l", [1]), ("manifest.json", text("[\(items.joined(separator: ","))]")),
    ]
    for input in try inputs(members) { #expect(try open(input).index.manifests.count == 9000) }
  }

  @Test("more images, layers or bytes of configs than memory should hold are refused")
  func tooMuch() throws {
    let layers = Array(repeating: "\"l\"", count: 1001).joined(separator: ",")
    let many = try refusal(of: [
      ("c", config([[1]])), ("l", [1]), ("manifest.json", text(#"[{"Config":"c","Layers":[\#(layers)]}]"#)),
    ])
    #expect(many.allSatisfy { $0.contains("1001 layers") }, "\(many)")
    let padding = String(repeating: " ", count: 4_000_000)
    let large = (0..<10).map { ("c\($0)", config([]) + text(padding.dropLast($0).description)) }
    let items = (0..<10).map { #"{"Config":"c\#($0)","Layers":[]}"# }.joined(separator: ",")
    let refused = try refusal(of: large + [("manifest.json", text("[\(items)]"))])
    #expect(refused.allSatisfy { $0.contains("32 MiB") }, "\(refused)")
  }

  @Test("parents in a circle end, and so does a name that leads nowhere")
  func circle() throws {
    let layer = { (id: String, parent: String) in
      [
        ("\(id)/json", self.text(#"{"id":"\#(id)","parent":"\#(parent)"}"#)),
        ("\(id)/layer.tar", self.text(id)),
      ]
    }
    let circle = try refusal(
      of: layer("a", "b") + layer("b", "a") + [("repositories", text(#"{"x":{"1":"a"}}"#))])
    #expect(circle.allSatisfy { $0.contains("never end") }, "\(circle)")
    for id in ["", "..", ".", "a/b", "missing"] {
      _ = try refusal(of: [("repositories", text(#"{"x":{"1":"\#(id)"}}"#))])
    }
    for json in ["[]", "{}", #"{"x":{"1":2}}"#, #"{"X":{"1":"a"}}"#] {
      _ = try refusal(of: layer("a", "") + [("repositories", text(json))])
    }
  }

  @Test("what Docker before 1.10 wrote is an image under each of its tags")
  func legacy() throws {
    let members = [
      ("a/json", text(#"{"id":"a","os":"linux","architecture":"amd64","container_config":{"Cmd":["<x>"]}}"#)),
      ("a/layer.tar", text("base")),
      (
        "b/json",
        text(
          #"{"id":"b","parent":"a","os":"linux","architecture":"amd64","created":"2014-01-01T00:00:00.10Z","docker_version":"1.9.0"}"#
        )
      ),
      ("b/layer.tar", text("top")),
      ("repositories", text(#"{"one":{"1":"b","2":"b"},"base":{"latest":"a"}}"#)),
    ]
    for input in try inputs(members) {
      let carrier = try open(input)
      #expect(carrier.index.manifests.compactMap(\.shortName) == ["one:1", "one:2", "base:latest"])
      #expect(carrier.index.manifests[0].digest == carrier.index.manifests[1].digest)
      let graph = try ImageGraph(carrier.index.manifests[0], in: carrier.source)
      #expect(graph.layers.map(\.digest) == [.of(text("base")), .of(text("top"))])
      let config = String(decoding: try carrier.source.document(graph.configs[0]), as: UTF8.self)
      #expect(
        config == #"{"architecture":"amd64","created":"2014-01-01T00:00:00.10Z","docker_version":"1.9.0","#
          + #""history":[{"created":"0001-01-01T00:00:00Z","created_by":"\u003cx\u003e"},"#
          + #"{"created":"2014-01-01T00:00:00.1Z"}],"os":"linux","rootfs":{"type":"layers","diff_ids":["#
          + #""\#(Digest.of(text("base")))","\#(Digest.of(text("top")))"]}}"#)
    }
  }

  @Test(
    "links that leave the archive or go in a circle are refused, by name",
    arguments: ["../../x", "/etc/passwd", "../l/layer.tar", "../m/layer.tar"])
  func links(target: String) throws {
    let refused = try refusal(
      of: [("c", config([[1]])), ("manifest.json", text(#"[{"Config":"c","Layers":["l/layer.tar"]}]"#))],
      links: [("l/layer.tar", target), ("m/layer.tar", "../l/layer.tar")])
    #expect(refused.allSatisfy { $0.contains("layer.tar") }, "\(refused)")
  }
}
