import Glibc
import System
import TestSupport
import Testing

@testable import LayerStore

@Suite struct CollectionTests {
  let scratch: Scratch
  let store: LayerCache

  init() throws {
    scratch = try Scratch()
    store = try LayerCache(scratch.path("store"))
  }

  private func place(_ id: LayerID) -> String { "trusted/sha256-\(id.diffID.digest.hex)" }

  private func age(_ id: LayerID, _ seconds: Int) {
    let then = timespec(tv_sec: time(nil) - seconds, tv_nsec: 0)
    utimensat(AT_FDCWD, "\(store.path)/\(place(id))", [then, then], 0)
  }

  private func collect(_ seconds: Int64, dryRun: Bool = false, measuring: Bool = false) throws
    -> [LayerCache.UnusedLayer]
  {
    var layers: [LayerCache.UnusedLayer] = []
    try store.collect(unusedFor: seconds, dryRun: dryRun, measuring: measuring) { layers.append($0) }
    return layers
  }

  @Test("layers go by age, use makes them young, and a dry run takes none")
  func ages() throws {
    let (old, young, used) = (LayerID("a"), LayerID("b"), LayerID("c"))
    try store.make([old, young, used])
    for id in [old, used] { age(id, 1_000) }
    _ = try store.find(used, .trusted)
    #expect(try collect(500, dryRun: true).map(\.place) == [place(old)])
    #expect(exists("\(store.path)/\(place(old))/tree"))
    let gone = try collect(500)
    #expect(gone.map(\.place) == [place(old)] && gone[0].size == nil)
    #expect(abs(gone[0].lastUse + 1_000 - Int64(time(nil))) < 5)
    #expect(try store.find(old, .trusted) == nil)
    #expect(try collect(0, measuring: true).allSatisfy { $0.size ?? 0 > 0 })
    #expect(try Scratch.names("\(store.path)/trusted") == [".new"])
    #expect(try Scratch.names("\(store.path)/l") == [])
  }

  @Test("a layer from the future is collected only with all")
  func future() throws {
    try store.make([LayerID("a")])
    age(LayerID("a"), -100_000)
    #expect(try collect(1).isEmpty)
    #expect(try collect(0).count == 1)
  }

  @Test("what killed processes left is removed, what is being unpacked is not")
  func leftOvers() throws {
    _ = try store.beginUnpacking([LayerID("a")], .trusted).missing.first?.put("half")
    let unpacking = try store.beginUnpacking([LayerID("b")], .trusted)
    #expect(try collect(0).isEmpty)
    #expect(try Scratch.names("\(store.path)/trusted/.new") == ["sha256-\(LayerID("b").diffID.digest.hex)"])
    #expect(try store.publish(unpacking.missing, durably: false).count == 1)
  }

  @Test("what is not ours in a store stays, and is no harm")
  func strangers() throws {
    try store.make([LayerID("a")])
    for name in ["other", "trusted/other", "trusted/sha256-1234"] { mkdir("\(store.path)/\(name)", 0o700) }
    try write("\(store.path)/file", "")
    try write("\(store.path)/recorded", "")
    #expect(throws: Failure.self) { try collect(0) }
    try #require(unlink("\(store.path)/recorded") == 0)
    #expect(try store.find(LayerID("a"), .trusted) == nil, "one failure does not stop the rest")
    _ = try collect(0)
    #expect(exists("\(store.path)/other") && exists("\(store.path)/trusted/sha256-1234"))
  }

  @Test("a mount that is written down keeps its layers, until it is gone")
  func mounts() throws {
    let id = LayerID("a")
    let mounts = try MountTable.current()
    let root = try #require(mounts.top(at: "/proc"))
    func write(_ change: (inout MountRecord) -> Void) throws -> String {
      let layers = try store.make([id])
      let place = try store.beginMount()
      _ = try place.makeTemporaryUpper()
      var record = try MountRecord(
        image: "store:app", manifest: nil, driver: "overlay", layers: [try #require(layers[id])],
        point: root.point, source: root.source, changes: .temporary, time: 1)
      change(&record)
      try place.write(record)
      #expect(try store.mounts().first?.isAlive == true, "it is being made")
      return place.id
    }
    func expect(alive: Bool, _ change: (inout MountRecord) -> Void) throws {
      let name = try write(change)
      #expect(try store.mounts().map(\.isAlive) == [alive])
      #expect(try collect(0).isEmpty == alive)
      #expect(exists("\(store.path)/mounts/\(name)") == alive)
      #expect(try (store.find(id, .trusted) != nil) == alive)
      if alive, let mount = try store.mounts().first { try store.take(mount)?.remove() }
      #expect(try store.mounts().isEmpty)
    }
    try expect(alive: true) { _ in }
    try expect(alive: false) { $0.source = "other" }
    try expect(alive: false) { $0.point = "/nowhere" }
    try expect(alive: true) { $0.mount = root }
    try expect(alive: true) {
      ($0.point, $0.mount) = ("/moved", root)
    }
    try expect(alive: false) {
      $0.mount = root
      $0.mount?.device = "0:999999"
    }
    try expect(alive: false) { $0.namespace.bootID = "another" }
    // In another namespace: gone only if every process could be asked, which is not so everywhere.
    let processes = try Scratch.names("/proc").filter { Int($0) != nil }
    let asked = processes.allSatisfy { exists("/proc/\($0)/ns/mnt") || !exists("/proc/\($0)") }
    try expect(alive: !asked) { $0.namespace.inode = 1 }
  }

  @Test("records are read as they were written")
  func records() throws {
    let layers = try store.make([LayerID("a"), LayerID("b")])
    let place = try store.beginMount()
    var record = try MountRecord(
      image: "a \"b\"\n", manifest: LayerID("a").chainID, driver: "fuse", layers: Array(layers.values),
      point: "/m:n,o", source: "s", changes: .kept("/u p"), time: 12)
    record.mount = .init(id: 7, device: "0:1", point: "/m:n,o", type: "fuse.x", source: "s")
    record.helper = 77
    try place.write(record)
    #expect(try store.mounts().map(\.record) == [record])
    let held = try #require(try store.mounts().first)
    #expect(throws: Failure.self) { try store.take(held) }
    try place.remove()
    #expect(try store.take(held) == nil)
  }

  @Test("a broken record stops the collection; one of an earlier run of the kernel does not")
  func broken() throws {
    try store.make([LayerID("a")])
    do { _ = try store.beginMount() }
    let name = try #require(try Scratch.names("\(store.path)/mounts").first)
    try write("\(store.path)/mounts/\(name)/record", "{")
    let failure = #expect(throws: Failure.self) { try collect(0) }
    #expect(failure?.kind == .invalid)
    #expect(try store.find(LayerID("a"), .trusted) != nil)
    try #require(rename("\(store.path)/mounts/\(name)", "\(store.path)/mounts/AAAAAA-1") == 0)
    #expect(try collect(0).count == 1)
    #expect(try Scratch.names("\(store.path)/mounts") == [])
  }
}
