import Archive
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Transfer

@Suite("Conversion and Docker's manifest.json")
struct ConversionTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func pack(_ bytes: [UInt8], _ method: CompressionMethod) throws -> [UInt8] {
    let reader = MemoryReader(bytes)
    let compressor = try Compressor(method) { () throws(Failure) in reader.next() }
    var packed: [UInt8] = []
    while let piece = try compressor.next() { packed.append(contentsOf: piece) }
    return packed
  }

  private func convert(_ image: SampleImage, _ conversion: ConvertedSource.Conversion) throws -> (
    entry: Descriptor, source: any ImageSource, graph: ImageGraph
  ) {
    let item = try ConvertedSource(
      image, conversion, absent: [], spool: .directory(scratch.path)
    ).item(image.item)
    return (item.entry, item.source, try ImageGraph(item.entry, in: item.source))
  }

  private let plain = [Array("a layer, ".utf8) + [UInt8](repeating: 0, count: 300_000), noise(5000, seed: 4)]

  @Test("layers change their compression and type, the config stays")
  func compresses() throws {
    let zstd = try SampleImage(layers: plain.map { try pack($0, .zstd(3)) }, type: .layerZstd)
    let (entry, source, graph) = try convert(zstd, .init(packing: .plain))
    #expect(entry.digest != zstd.entry.digest)
    #expect(entry.imageName == zstd.entry.imageName)
    #expect(graph.configs == [zstd.config])
    #expect(graph.layers.map(\.mediaType) == [.layer, .layer])
    #expect(graph.layers.map(\.digest) == plain.map { Digest.of($0) })
    #expect(try graph.layers.map { try source.open($0).readAll() } == plain)
  }

  @Test("what has the wanted compression stays, byte for byte")
  func keeps() throws {
    let gzip = try SampleImage(layers: plain.map { try pack($0, .gzip) }, type: .layerGzip)
    let (entry, _, _) = try convert(gzip, .init(packing: .compressed(.gzipLevel(9))))
    #expect(entry == gzip.entry)
  }

  @Test("Docker's types become those of the image-spec, layers keep their digests")
  func toOCI() throws {
    let image = try SampleImage(
      layers: plain, type: .dockerLayerGzip, manifestType: .dockerManifest, configType: .dockerConfig)
    let (entry, _, graph) = try convert(image, .init(toOCI: true))
    #expect(entry.mediaType == .imageManifest)
    #expect(graph.configs.map(\.digest) == [image.config.digest])
    #expect(graph.configs.map(\.mediaType) == [.imageConfig])
    #expect(graph.layers.map(\.mediaType) == [.layerGzip, .layerGzip])
    #expect(graph.layers.map(\.digest) == image.layers.map(\.digest))
  }

  @Test("an index is rewritten with what its manifests have become")
  func index() throws {
    let images = try ["amd64", "arm64"].map { architecture in
      try SampleImage(
        layers: [Array(architecture.utf8)], name: nil,
        platform: Platform(os: "linux", architecture: architecture))
    }
    let index = try SampleImage(indexOf: images, name: "both:1")
    let (entry, source, graph) = try convert(index, .init(packing: .compressed(.gzip)))
    #expect(entry.digest != index.entry.digest)
    #expect(graph.manifests.count == 2)
    #expect(graph.manifests.allSatisfy { $0.manifest.layers[0].mediaType == .layerGzip })
    #expect(try stream(of: [ImageCopy.Item(entry, from: source, called: "sample")], in: scratch).count > 0)
  }

  @Test("a stream on a pipe is converted as a layout is")
  func fromPipe() throws {
    let image = try SampleImage(layers: plain)
    let conversion = ConvertedSource.Conversion(packing: .compressed(.zstd(1)))
    let direct = try convert(image, conversion)
    let bytes = try stream(
      of: [ImageCopy.Item(direct.entry, from: direct.source, called: "sample")], in: scratch)
    let piped = try Carrier.open(
      pipe(giving: stream(of: [image.item], in: scratch)), name: "in", spool: .directory(scratch.path))
    let source = ConvertedSource(piped.source, conversion, absent: [], spool: .directory(scratch.path))
    let item = try source.item(piped.item(piped.index.manifests[0]))
    #expect(try stream(of: [item], in: scratch) == bytes)
  }

  private func docker(_ items: [ImageCopy.Item], _ platform: Platform? = nil) throws -> (JSON, JSON?) {
    var images: [CopiedImage] = []
    for item in items {
      images.append(CopiedImage(entry: item.entry, graph: try ImageGraph(item.entry, in: item.source)))
    }
    let files = try DockerManifest(platform: platform).files(for: images)
    return (
      try JSON(parsing: files[0].bytes), try files.count > 1 ? JSON(parsing: files[1].bytes) : nil
    )
  }

  @Test("manifest.json lists an image once, with all its full names; repositories has the top layer")
  func dockerManifest() throws {
    let one = try SampleImage(layers: plain, name: "one")
    let again = try SampleImage(layers: plain, name: "localhost:5000/team/one:2")
    let nameless = try SampleImage(layers: [[1]], name: nil)
    let (manifest, repositories) = try docker([one.item, again.item, nameless.item])
    let items = try #require(manifest.array)
    #expect(items.count == 2)
    #expect(
      items[0]["RepoTags"]?.array?.map(\.string) == [
        "docker.io/library/one:latest", "localhost:5000/team/one:2",
      ])
    #expect(items[0]["Config"]?.string == "blobs/sha256/\(one.config.digest.hex)")
    #expect(items[0]["Layers"]?.array?.map(\.string) == one.layers.map { "blobs/sha256/\($0.digest.hex)" })
    #expect(items[1]["RepoTags"] == .null)
    #expect(repositories?["localhost:5000/team/one"]?["2"]?.string == one.layers[1].digest.hex)
  }

  @Test("an artifact is in the archive, but no image of manifest.json")
  func dockerArtifact() throws {
    let chart = try SampleImage(
      layers: [[1]], type: MediaType(rawValue: "application/vnd.cncf.helm.chart.content.v1.tar+gzip"),
      configType: MediaType(rawValue: "application/vnd.cncf.helm.config.v1+json"), name: "chart:1")
    let (manifest, repositories) = try docker([chart.item, SampleImage(layers: [], name: "nothing:1").item])
    #expect(manifest.array?.count == 1)
    #expect(manifest.array?.first?["RepoTags"]?.array?.map(\.string) == ["docker.io/library/nothing:1"])
    #expect(repositories == nil)
  }

  @Test("of an index, manifest.json lists the platform asked for, which must be told where there are several")
  func dockerIndex() throws {
    let images = try ["amd64", "arm64"].map { architecture in
      try SampleImage(
        layers: [Array(architecture.utf8)], name: nil,
        platform: Platform(os: "linux", architecture: architecture))
    }
    let both = try SampleImage(indexOf: images, name: "both:1")
    let failure = try #require(throws: Failure.self) { try docker([both.item]) }
    #expect(failure.kind == .usage)
    let (manifest, _) = try docker([both.item], Platform(os: "linux", architecture: "arm64"))
    #expect(manifest.array?.first?["Config"]?.string == "blobs/sha256/\(images[1].config.digest.hex)")
    #expect(throws: Failure.self) { try docker([both.item], Platform(os: "linux", architecture: "riscv64")) }
    let single = try SampleImage(indexOf: [images[0]], name: "one:1")
    #expect(try docker([single.item]).0.array?.count == 1)
  }
}
