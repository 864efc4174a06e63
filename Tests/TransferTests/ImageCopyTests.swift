import Glibc
import Image
import Layout
import System
import TestSupport
import Testing
import Verification

@testable import Transfer

@Suite("The one copy")
struct ImageCopyTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func layout(_ name: String = "layout") throws -> LayoutDirectory {
    try LayoutDirectory.openOrCreate(scratch.path(name))
  }

  private func copy(
    _ items: [ImageCopy.Item], to layout: LayoutDirectory,
    leavingOut: @escaping @Sendable (Descriptor) -> Bool = { _ in false }
  ) throws {
    let destination = LayoutDestination(layout, observer: nil, durably: false)
    try ImageCopy(to: destination, absence: .leaving(leavingOut)).run(items)
  }

  @Test("what is in a layout is not read again")
  func skips() throws {
    let layout = try layout()
    let shared = noise(100_000, seed: 1)
    let one = try SampleImage(layers: [shared, noise(10, seed: 2)], name: "one")
    let two = try SampleImage(layers: [shared, noise(10, seed: 3)], name: "two")
    try copy([one.item], to: layout)
    try copy([two.item], to: layout)
    #expect(two.asked == [two.entry.digest, two.config.digest, two.layers[1].digest])
    #expect(try layout.index().manifests.map(\.imageName) == [one.entry.imageName, two.entry.imageName])
  }

  @Test("a config that is there already must agree with a further manifest, too")
  func sharedConfig() throws {
    let one = try SampleImage(layers: [noise(10, seed: 1), noise(10, seed: 2)], name: "one")
    let two = try SampleImage(configOf: one, layers: [one.layers[0]], name: "two")
    let layout = try layout()
    try copy([one.item], to: layout)
    #expect(throws: Failure.self) { try copy([two.item], to: layout) }
    #expect(try layout.index().manifests.map(\.imageName) == [one.entry.imageName])
    #expect(throws: Failure.self) { try stream(of: [one.item, two.item], in: scratch) }
    #expect(throws: Failure.self) { try copy([one.item, two.item], to: self.layout("both")) }
  }

  @Test("layout to stream to layout to stream: the same bytes")
  func roundTrip() throws {
    let image = try SampleImage(layers: (0..<4).map { noise(1_500_000, seed: UInt64($0)) })
    let first = try layout("first")
    try copy([image.item], to: first)
    let source = LayoutSource(first)
    let bytes = try stream(
      of: [ImageCopy.Item(first.index().manifests[0], from: source, called: "sample")], in: scratch)
    #expect(try bytes == stream(of: [image.item], in: scratch))
    let carrier = try Carrier.open(pipe(giving: bytes), name: "in", spool: .directory("/nonexistent"))
    let second = try layout("second")
    try copy([carrier.item(carrier.index.manifests[0])], to: second)
    #expect(try second.index().raw == first.index().raw)
  }

  @Test("a blob that is wrong leaves the layout's index as it was, and no blob")
  func wrongBlob() throws {
    let layout = try layout()
    let before = try layout.index().raw
    let image = try SampleImage(layers: [noise(3_000_000, seed: 1), noise(10, seed: 2)])
    var bytes = image.blobs[image.layers[0].digest]!
    bytes[2_999_999] ^= 0x80
    image.replace(image.layers[0].digest, with: bytes)
    let failure = try #require(throws: Failure.self) { try copy([image.item], to: layout) }
    #expect(failure.kind == .invalid)
    #expect(try layout.index().raw == before)
    #expect(!layout.contains(image.layers[0]))
  }

  @Test("a stream whose copy fails ends inside a member", arguments: [0, 1])
  func brokenStream(missing: Int) throws {
    let image = try SampleImage(layers: [noise(300_000, seed: 1), noise(300_000, seed: 2)])
    image.replace(image.layers[missing].digest, with: nil)
    #expect(throws: Failure.self) { try stream(of: [image.item], in: scratch, as: "broken.tar") }
    let tar = try #require(popen("tar tf \(scratch.path("broken.tar")) >/dev/null 2>&1", "r"))
    #expect(pclose(tar) != 0, "GNU tar, which does not miss the end-of-archive blocks")
  }

  @Test("what is left out is listed as absent, and a copy of that copy does without it")
  func leavesOut() throws {
    let image = try SampleImage(layers: [noise(1000, seed: 1), noise(1000, seed: 2)])
    let gone = image.layers[0].digest
    var item = image.item
    item.graph = try ImageGraph(image.entry, in: image)
    let layout = try layout()
    try copy([item], to: layout, leavingOut: { $0.digest == gone })
    #expect(!layout.contains(image.layers[0]))
    #expect(try layout.index().absentBlobs == [gone])
    let bytes = try stream(
      of: [
        ImageCopy.Item(
          image.entry, from: LayoutSource(layout), called: "sample", absent: layout.index().absentBlobs)
      ],
      in: scratch)
    let carrier = try Carrier.open(pipe(giving: bytes), name: "in", spool: .directory("/nonexistent"))
    #expect(carrier.index.absentBlobs == [gone])
    let other = try self.layout("other")
    try copy([carrier.item(carrier.index.manifests[0])], to: other)
    #expect(try other.index().absentBlobs == [gone])
    // Once it is here, nothing is absent any more.
    try copy([image.item], to: other)
    #expect(try other.index().absentBlobs == [])
  }

  @Test("an index of platforms: one is chosen, and records the index's digest")
  func platform() throws {
    let images = try ["amd64", "arm64"].map { architecture in
      try SampleImage(
        layers: [Array(architecture.utf8)], name: nil,
        platform: Platform(os: "linux", architecture: architecture))
    }
    let index = try SampleImage(indexOf: images, name: "both:1")
    let chosen = try index.manifest(for: Platform(os: "linux", architecture: "arm64"), of: index.entry)
    #expect(chosen.digest == images[1].entry.digest)
    #expect(chosen.indexDigest == index.entry.digest)
    #expect(chosen.imageName == index.entry.imageName)
    let failure = try #require(throws: Failure.self) {
      try index.manifest(for: Platform(os: "linux", architecture: "s390x"), of: index.entry)
    }
    #expect(failure.kind == .notFound)
    #expect(failure.problem.contains("linux/amd64, linux/arm64"))
  }

  @Test("an index whose other platforms are missing is copied as far as it is there")
  func incompleteIndex() throws {
    let images = try ["amd64", "arm64"].map { architecture in
      try SampleImage(
        layers: [Array(architecture.utf8)], name: nil,
        platform: Platform(os: "linux", architecture: architecture))
    }
    let index = try SampleImage(indexOf: images, name: "both:1")
    index.replace(images[0].entry.digest, with: nil)
    let layout = try layout()
    try copy([index.item], to: layout)
    #expect(layout.contains(images[1].layers[0]))
    #expect(!layout.contains(images[0].layers[0]))
  }

  @Test("indexes nested too deep, and too many bytes of manifests, are refused")
  func tooMuch() throws {
    var image = try SampleImage(layers: [[1]], name: "deep")
    for _ in 0...ImageGraph.deepestNesting { image = try SampleImage(indexOf: [image], name: "deep") }
    #expect(throws: Failure.self) { try ImageGraph(image.entry, in: image) }
    let many = (10..<15).map { number in
      Descriptor(
        mediaType: .imageIndex, digest: .of([UInt8(number)]), size: documentLimit)
    }
    let raw = Index(many).raw
    let source = try SampleImage(layers: [[1]])
    source.replace(.of(raw), with: raw)
    let entry = Descriptor(mediaType: .imageIndex, digest: .of(raw), size: UInt64(raw.count))
    let failure = try #require(throws: Failure.self) { try ImageGraph(entry, in: source, incomplete: true) }
    #expect(failure.problem.contains("MiB of manifests"))
  }

  @Test("an index that names itself many times is read once")
  func manyTimes() throws {
    let image = try SampleImage(layers: [[1]], name: nil)
    var index = try SampleImage(indexOf: Array(repeating: image, count: 100), name: "many")
    for _ in 0..<5 { index = try SampleImage(indexOf: Array(repeating: index, count: 100), name: "many") }
    let graph = try ImageGraph(index.entry, in: index)
    #expect(graph.documents.count == 7)
    #expect(index.asked.count == 7)
  }
}
