import Glibc
import Image
import Layout
import System
import TestSupport
import Testing

@testable import Build

/// A cache of a test.
final class CacheScratch {
  let scratch: Scratch
  let cache: BuildCache

  init() throws {
    scratch = try Scratch()
    cache = try BuildCache(scratch.path("c/cache"))
  }

  /// Stores a blob.
  func blob(_ text: String, _ type: MediaType) throws -> Descriptor {
    let bytes = Array(text.utf8)
    let blob = Descriptor(mediaType: type, digest: .of(bytes), size: UInt64(bytes.count))
    try cache.images.store(bytes, blob)
    return blob
  }

  /// A record whose blobs are there.
  func record(_ name: String = "x") throws -> StepRecord {
    StepRecord(
      instruction: "RUN \(name)", created: "2026-11-24T00:00:00Z",
      layer: .init(blob: try blob("layer \(name)", .layer), diffID: DiffID(.of(Array(name.utf8)))),
      image: try blob("manifest \(name)", .imageManifest))
  }
}

@Suite struct CacheRecordTests {
  let room: CacheScratch
  let key = StepKey(after: nil, ["FROM", "x"])
  var cache: BuildCache { room.cache }
  var path: String { "\(cache.path)/steps/\(key)" }

  init() throws { room = try CacheScratch() }

  @Test("keys differ wherever one part ends and the next begins")
  func keys() {
    let keys = [
      StepKey(after: nil, ["ab", "c"]), StepKey(after: nil, ["a", "bc"]), StepKey(after: nil, ["abc"]),
      StepKey(after: nil, ["abc", ""]), StepKey(after: StepKey(after: nil, ["abc"]), [String]()),
      StepKey(after: nil, [String]()), StepKey(after: nil, ["2:ab", "c"]),
    ]
    #expect(Set(keys).count == keys.count)
    #expect(StepKey(after: nil, ["a"]) == StepKey(after: nil, [Array("a".utf8)]))
  }

  @Test("what was written is found again, also without a layer, by others too")
  func roundTrip() throws {
    #expect(cache.record(key) == nil)
    var record = try room.record()
    try cache.write(record, key)
    #expect(cache.record(key) == record)
    #expect(try BuildCache(cache.path).record(key) == record)
    #expect(cache.record(StepKey(after: key, ["y"])) == nil)
    record.layer = nil
    try cache.write(record, key)
    #expect(cache.record(key) == record)
  }

  @Test("a record whose layer or image is missing, or of another size, is a miss")
  func missing() throws {
    let record = try room.record()
    try cache.write(record, key)
    let layer = try #require(record.layer?.blob)
    let blobs = "\(cache.path)/images/blobs/sha256"
    try write("\(blobs)/\(layer.digest.hex)", "short")
    #expect(cache.record(key) == nil)
    #expect(unlink("\(blobs)/\(layer.digest.hex)") == 0)
    #expect(cache.record(key) == nil)
    _ = try room.record()
    #expect(cache.record(key) == record)
    #expect(unlink("\(blobs)/\(record.image.digest.hex)") == 0)
    #expect(cache.record(key) == nil)
  }

  @Test("a damaged record is a miss at every length and with every byte changed, and never another record")
  func damaged() throws {
    let record = try room.record()
    try cache.write(record, key)
    let bytes = try contents(path)
    for length in 0..<(bytes.count - 2) { #expect(StepRecord(Array(bytes[..<length]), of: key) == nil) }
    for index in bytes.indices {
      var bytes = bytes
      bytes[index] ^= 0x15
      // Words for people may be any.
      if let read = StepRecord(bytes, of: key) {
        #expect(read.layer?.diffID.digest.hex.utf8.count == 64)
      }
    }
    #expect(StepRecord(bytes, of: StepKey(after: key, ["x"])) == nil)
  }

  @Test(
    "what is no regular file is a miss, and is not waited for",
    arguments: ["fifo", "directory", "link", "large"])
  func hostile(_ kind: String) throws {
    try cache.write(room.record(), key)
    try room.scratch.write("steps-copy", contents(path))
    #expect(unlink(path) == 0)
    switch kind {
    case "fifo": #expect(mkfifo(path, 0o600) == 0)
    case "directory": #expect(mkdir(path, 0o700) == 0)
    case "link": #expect(symlink(room.scratch.path("steps-copy"), path) == 0)
    default: try write(path, [UInt8](repeating: 0x20, count: StepRecord.sizeLimit + 1))
    }
    #expect(cache.record(key) == nil)
  }

  @Test("a use is marked, at most once a minute")
  func used() throws {
    try cache.write(room.record(), key)
    var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
    #expect(cache.record(key) != nil)
    #expect(try FileDescriptor.open(path, O_RDONLY).status().raw.st_mtim.tv_sec > time(nil) - 100)
  }

  @Test("a cache is its owner's alone, and one that others may write is refused")
  func owner() throws {
    #expect(try Scratch.directory(cache.path).status().raw.st_mode & 0o7777 == 0o700)
    #expect(chmod(cache.path, 0o777) == 0)
    #expect(throws: Failure.self) { try BuildCache(cache.path) }
  }

  @Test("a layout that a loss of power damaged is made anew", arguments: ["", "{", "\0\0\0\0"])
  func power(_ index: String) throws {
    try cache.write(room.record(), key)
    try write("\(cache.path)/images/index.json", index)
    let again = try BuildCache(cache.path)
    #expect(again.record(key) == nil)
    #expect(try again.images.index().manifests.isEmpty)
  }

  @Test("images of steps are known once a build ends, the last thousand of them; named ones stay")
  func images() throws {
    func image(_ number: Int) -> Descriptor {
      Descriptor(mediaType: .imageManifest, digest: .of(Array("\(number)".utf8)), size: 1)
    }
    try cache.images.update(durably: false) { index in
      var named = image(-1)
      named.annotations = [AnnotationKey.refName: "base"]
      index.add([named])
    }
    for number in 0..<1100 { cache.add(image(number)) }
    #expect(try cache.images.index().manifests.count == 1)
    try cache.publishImages()
    // A build of many steps keeps its own.
    #expect(try cache.images.index().manifests.count == 1101)
    cache.add(image(1200))
    cache.add(image(50))
    try cache.publishImages()
    let left = try cache.images.index().manifests
    #expect(left.count == 1001)
    #expect(left.first?.shortName == "base")
    #expect(
      left.contains { $0.digest == image(1200).digest } && left.contains { $0.digest == image(50).digest })
    #expect(!left.contains { $0.digest == image(0).digest })
  }
}
