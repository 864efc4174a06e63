import Glibc
import Image
import System
import TestSupport
import Testing

@testable import Build

@Suite struct CachePruningTests {
  let scratch: Scratch
  var path: String { scratch.path("cache") }

  /// Three images: the second has the first one's layer and 1 MiB, the third something else; and a mount.
  init() throws {
    scratch = try Scratch()
    let cache = try BuildCache(path)
    var layers: [Descriptor] = []
    for (number, size) in [500_000, 1 << 20, 2_000_000].enumerated() {
      let layer = try store([UInt8](repeating: UInt8(number), count: size), .layer, in: cache)
      layers = number == 2 ? [layer] : layers + [layer]
      let config = try store(Array("{\"a\":\(number)}".utf8), .imageConfig, in: cache)
      let manifest = Manifest(config: config, layers: layers)
      let image = try store(manifest.raw, .imageManifest, in: cache)
      cache.add(image)
      let record = StepRecord(
        instruction: "RUN \(number)", created: "", layer: .init(blob: layer, diffID: DiffID(layer.digest)),
        image: image)
      try cache.write(record, key(number))
      for file in ["steps/\(key(number))", "images/blobs/sha256/\(image.digest.hex)"] {
        try age(file, 1000 + number)
      }
    }
    try cache.publishImages()
    let mount = try cache.mount("m", sharing: .shared)
    try write("\(mount.path)/file", [UInt8](repeating: 1, count: 3_000_000))
    try age("mounts/m", 1001)
    _ = try store(Array("nobody's".utf8), .layer, in: cache)
  }

  private func key(_ number: Int) -> StepKey { StepKey(after: nil, ["\(number)"]) }

  private func store(_ bytes: [UInt8], _ type: MediaType, in cache: BuildCache) throws -> Descriptor {
    let blob = Descriptor(mediaType: type, digest: .of(bytes), size: UInt64(bytes.count))
    try cache.images.store(bytes, blob)
    return blob
  }

  private func age(_ file: String, _ second: Int) throws {
    var times = [timespec(tv_sec: second, tv_nsec: 0), timespec(tv_sec: second, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, "\(path)/\(file)", &times, 0) == 0)
  }

  private var usage: UInt64 {
    get throws { try #require(UInt64(scratch.shell("du -s -B1 cache").prefix { $0 != "\t" })) }
  }

  private func hits() throws -> [Bool] {
    let cache = try BuildCache(path)
    return (0..<3).map { cache.record(key($0)) != nil }
  }

  @Test("without a limit all goes, and what is said to be left is what du(1) says")
  func all() throws {
    var names: [String] = []
    let left = try CachePruning(path).run { names.append(String($0.name.prefix(5))) }
    #expect(names.sorted() == ["image", "image", "image", "mount"])
    #expect(try hits() == [false, false, false])
    #expect(try usage <= left + 100_000 && left < 300_000)
    #expect(try Scratch.names("\(path)/images/blobs/sha256") == [])
  }

  @Test("what was used less lately goes first, and a blob only with the last that holds it")
  func limit() throws {
    let before = try usage
    var items: [CachePruning.Item] = []
    // The first image frees next to nothing: the second has its layer. Then come the second and the mount.
    let left = try CachePruning(path).run(limit: before - 1_500_000) { items.append($0) }
    #expect(items.map(\.lastUse) == [1000, 1001])
    #expect(items[0].size < 20_000 && items[1].size > 1_500_000)
    #expect(try hits() == [false, false, true])
    #expect(try usage <= before - 1_500_000 && usage <= left + 100_000)
    #expect(access("\(path)/mounts/m/file", F_OK) == 0)
  }

  @Test("what is younger than the age stays, whatever the limit")
  func young() throws {
    try age("mounts/m", Int(time(nil)))
    _ = try CachePruning(path).run(limit: 0, unusedFor: 3600) { _ in }
    #expect(try hits() == [false, false, false])
    #expect(access("\(path)/mounts/m/file", F_OK) == 0)
  }

  @Test("a dry run says the same and removes nothing")
  func dryRun() throws {
    var said: [String] = []
    var done: [String] = []
    let expected = try CachePruning(path).run(limit: 2_500_000, dryRun: true) { said.append($0.name) }
    #expect(try hits() == [true, true, true])
    for number in 0..<3 { try age("steps/\(key(number))", 1000 + number) }
    let left = try CachePruning(path).run(limit: 2_500_000) { done.append($0.name) }
    #expect(said == done && expected == left)
  }

  @Test("a cache that a build is using is left alone")
  func inUse() throws {
    var cache: BuildCache? = try BuildCache(path)
    #expect(throws: Failure.self) { try CachePruning(path) }
    withExtendedLifetime(cache) {}
    cache = nil
    _ = try CachePruning(path)
  }

  @Test("where there is no cache there is nothing to prune")
  func missing() throws {
    let failure = #expect(throws: Failure.self) { try CachePruning(scratch.path("other")) }
    #expect(failure?.kind == .notFound)
  }
}
