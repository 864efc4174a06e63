import Image
import System
import Testing

@Suite struct ImageConfigTests {
  private static let base = #""architecture":"arm64","os":"linux""#
  private static let rootfs =
    #""rootfs":{"type":"layers","diff_ids":["\#(digest("b"))","\#(digest("a"))","\#(digest("b"))"]}"#

  private func config(_ members: String...) throws -> ImageConfig {
    try ImageConfig(raw: Array("{\(members.joined(separator: ","))}".utf8))
  }

  @Test("diffIDs come in order, repeated ones repeated")
  func diffIDs() throws {
    let config = try config(Self.base, Self.rootfs)
    #expect(config.diffIDs == [DiffID(digest("b")), DiffID(digest("a")), DiffID(digest("b"))])
  }

  @Test("an image of no layers has no diffIDs, whether the field is there or not")
  func scratch() throws {
    for rootfs in [#""rootfs":{"type":"layers"}"#, #""rootfs":{"type":"layers","diff_ids":null}"#] {
      #expect(try config(Self.base, rootfs).diffIDs.isEmpty)
    }
  }

  @Test(
    "what is wrong is named",
    arguments: [
      ("\(base)", "rootfs is missing"), ("\(base),\"rootfs\":{}", "rootfs.type is missing"),
      ("\(base),\"rootfs\":{\"type\":\"overlay\"}", "rootfs.type is overlay, not layers"),
      (
        "\(base),\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[7]}",
        "rootfs.diff_ids is not an array of strings"
      ),
      (
        "\(base),\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\\n\"]}",
        "rootfs.diff_ids holds x\\u{a}, which is not a sha256 or sha512 digest"
      ),
      ("\"os\":\"linux\",\(rootfs)", "architecture is missing"),
      ("\"architecture\":\"x\",\(rootfs)", "os is missing"),
      ("\(base),\(rootfs),\"config\":{\"Env\":[1]}", "config.Env is not an array of strings"),
      ("\(base),\(rootfs),\"config\":{\"Volumes\":[]}", "config.Volumes is not an object"),
      ("\(base),\(rootfs),\"config\":{\"User\":0}", "config.User is not a string"),
      (
        "\(base),\(rootfs),\"history\":[{},{\"empty_layer\":1}]",
        "history[1].empty_layer is not true or false"
      ),
      ("\(base),\(rootfs),\"created\":5", "created is not a string"),
    ])
  func wrong(_ members: String, _ expected: String) {
    #expect(problem { _ = try config(members) } == expected)
  }

  @Test("the platform is that of the configuration, its other fields are not the platform's")
  func platform() throws {
    let config = try config(
      Self.base, Self.rootfs, #""variant":"v8","os.version":"1","os.features":["x"],"z":1"#)
    #expect(
      config.platform
        == Platform(os: "linux", architecture: "arm64", variant: "v8", osVersion: "1", osFeatures: ["x"]))
  }

  @Test("every key of the run configuration is read")
  func run() throws {
    let text = #"""
      "config":{"Env":["A=1","B"],"Cmd":["c"],"Entrypoint":["e"],"WorkingDir":"/w","User":"u:g",
      "Volumes":{"/b":{},"/a":{}},"ExposedPorts":{"80/tcp":{}},"Labels":{"l":"m"},"StopSignal":"SIGINT",
      "Healthcheck":{"Test":["CMD","t"],"Interval":1,"Timeout":2,"StartPeriod":3,"StartInterval":4,"Retries":5},
      "OnBuild":["RUN x"],"Shell":["/bin/bash","-c"],"ArgsEscaped":true,"Hostname":"h","Tty":false}
      """#
    let run = try config(Self.base, Self.rootfs, text).config
    #expect(run.env == ["A=1", "B"])
    #expect(run.cmd == ["c"])
    #expect(run.entrypoint == ["e"])
    #expect(run.workingDir == "/w")
    #expect(run.user == "u:g")
    #expect(run.volumes == ["/b", "/a"])
    #expect(run.exposedPorts == ["80/tcp"])
    #expect(run.labels == ["l": "m"])
    #expect(run.stopSignal == "SIGINT")
    let check = try #require(run.healthcheck)
    #expect(check.test == ["CMD", "t"])
    #expect(
      [check.interval, check.timeout, check.startPeriod, check.startInterval, check.retries] == [
        1, 2, 3, 4, 5,
      ])
    #expect(run.onBuild == ["RUN x"])
    #expect(run.shell == ["/bin/bash", "-c"])
    #expect(run.argsEscaped)
  }

  @Test("keys that are null, or no run configuration at all, say nothing")
  func null() throws {
    let keys = [
      "Env", "Cmd", "Entrypoint", "Volumes", "ExposedPorts", "Labels", "OnBuild", "Shell", "Healthcheck",
    ]
    let nulls = keys.map { "\"\($0)\":null" }.joined(separator: ",")
    #expect(
      try config(Self.base, Self.rootfs, "\"config\":{\(nulls)},\"history\":null").config == RunConfig())
    #expect(try config(Self.base, Self.rootfs).config == RunConfig())
    #expect(try config(Self.base, Self.rootfs, "\"config\":null").config == RunConfig())
  }

  @Test("history tells steps that left no layer")
  func history() throws {
    let text =
      #""created":"x","history":[{"created_by":"ADD"},{"created":"2020","comment":"c","empty_layer":true}]"#
    let config = try config(Self.base, Self.rootfs, text)
    #expect(config.created == "x", "a date is text here")
    #expect(config.history.map(\.isEmptyLayer) == [false, true])
    #expect(config.history.map(\.createdBy) == ["ADD", nil])
  }

  @Test("layers of the manifest and the configuration must be as many, and plain ones the same")
  func layers() throws {
    let config = try config(Self.base, Self.rootfs)
    func check(_ layers: (MediaType, Character)...) -> String {
      let layers = layers.map { Descriptor(mediaType: $0.0, digest: digest($0.1), size: 1) }
      let manifest = Manifest(
        config: Descriptor(mediaType: .imageConfig, digest: digest("c"), size: 1), layers: layers)
      return problem { try config.check(layersOf: manifest) }
    }
    #expect(check((.layerGzip, "1"), (.layer, "a"), (.dockerLayer, "b")) == "")
    #expect(
      check((.layerGzip, "1"), (.layer, "b"), (.layer, "b"))
        == "the configuration calls layer \(digest("b")) \(digest("a"))")
    #expect(check((.layer, "b"), (.layer, "a")) == "the configuration lists 3 layers, the manifest 2")
    #expect(check() == "the configuration lists 3 layers, the manifest 0")
  }
}
