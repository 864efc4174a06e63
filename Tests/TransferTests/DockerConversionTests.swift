import Archive
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Transfer

/// Conversions for registries: Docker's types, and plain layers compressed once.
struct DockerConversionTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func convert(
    _ image: SampleImage, _ conversion: ConvertedSource.Conversion
  ) throws -> (entry: Descriptor, source: any ImageSource, graph: ImageGraph) {
    let item = try ConvertedSource(
      image, conversion, absent: [], spool: .directory(scratch.path)
    ).item(image.item)
    return (item.entry, item.source, try ImageGraph(item.entry, in: item.source))
  }

  private let plain = [[UInt8](repeating: 7, count: 300_000), noise(5000, seed: 4), noise(9000, seed: 5)]

  private var packing: ConvertedSource.Conversion {
    var conversion = ConvertedSource.Conversion(packing: .compressed(.gzip))
    conversion.packsPlainOnly = true
    return conversion
  }

  @Test("the image-spec's types become Docker's, layers keep their digests")
  func toDocker() throws {
    let image = try SampleImage(layers: plain, type: .layerGzip)
    let (entry, _, graph) = try convert(image, .init(family: .docker))
    #expect(entry.mediaType == .dockerManifest)
    #expect(graph.configs.map(\.mediaType) == [.dockerConfig])
    #expect(graph.layers.map(\.mediaType) == [.dockerLayerGzip, .dockerLayerGzip, .dockerLayerGzip])
    #expect(graph.layers.map(\.digest) == image.layers.map(\.digest))
    let back = try convert(image, .init(family: .oci))
    #expect(back.entry.digest == image.entry.digest)
  }

  @Test("what Docker has no type for is an error")
  func zstd() throws {
    let image = try SampleImage(layers: plain, type: .layerZstd)
    #expect(throws: Failure.self) { try convert(image, .init(family: .docker)) }
  }

  @Test("only plain layers are packed where that is asked for")
  func plainOnly() throws {
    let zstd = try SampleImage(layers: plain, type: .layerZstd)
    #expect(try convert(zstd, packing).entry == zstd.entry)
    let image = try SampleImage(layers: plain, type: .layer)
    let (_, source, graph) = try convert(image, packing)
    #expect(graph.layers.map(\.mediaType) == [.layerGzip, .layerGzip, .layerGzip])
    for (layer, tar) in zip(graph.layers, plain) {
      let reader = try PlainLayer(layer, in: source)
      var bytes: [UInt8] = []
      while let piece = try reader.next() { bytes.append(contentsOf: piece) }
      #expect(bytes == tar)
    }
  }

  @Test("what a layer becomes is told, and where it is recalled, nothing is made")
  func recalled() throws {
    let image = try SampleImage(layers: plain, type: .layer)
    let learned = Monitor<[Digest: ConvertedSource.Conversion.Packed]>([:])
    var first = packing
    first.learned = { layer, _, packed in learned.update { $0[layer.digest] = packed } }
    let made = try convert(image, first)
    let known = learned.update { $0 }
    #expect(known.count == 3)
    var second = packing
    second.recall = { layer, _ in known[layer.digest] }
    second.learned = { _, _, _ in Issue.record("nothing new is made") }
    let again = try convert(image, second)
    #expect(again.entry == made.entry)
    #expect(throws: Failure.self) { try again.source.open(again.graph.layers[0]).readAll() }
  }
}
