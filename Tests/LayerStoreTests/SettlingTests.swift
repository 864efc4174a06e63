import Glibc
import Image
import LayerStore
import System
import TestSupport
import Testing

@Suite struct SettlingTests {
  let scratch: Scratch
  let store: LayerCache
  let id = LayerID("a")

  init() throws {
    scratch = try Scratch()
    store = try LayerCache(scratch.path("store"))
  }

  private func mark(of id: LayerID) -> String {
    "\(store.path)/trusted/sha256-\(id.diffID.digest.hex)/unsettled"
  }

  /// Makes it look as if the machine was started since.
  private func restart(_ id: LayerID) throws {
    #expect(unlink(mark(of: id)) == 0)
    #expect(symlink("00000000-0000-0000-0000-000000000000", mark(of: id)) == 0)
  }

  private func isMarked(_ id: LayerID) -> Bool {
    var status = stat()
    return lstat(mark(of: id), &status) == 0
  }

  @Test("only a layer that was published without waiting for the disk is marked")
  func marked() throws {
    try store.make([id])
    #expect(isMarked(id))
    let unpacking = try store.beginUnpacking([LayerID("b")], .trusted)
    _ = try store.publish(unpacking.missing)
    #expect(!isMarked(LayerID("b")))
  }

  @Test("a marked layer is there until the machine starts again, a settled one after that, too")
  func settled() throws {
    let ids = [id, LayerID("b", on: "a")]
    let layers = try store.make(ids)
    #expect(try store.find(id, .trusted) != nil)
    try store.settle([try #require(layers[ids[0]])])
    #expect(!isMarked(id) && isMarked(ids[1]))
    try restart(ids[1])
    #expect(try store.find(id, .trusted) != nil)
    #expect(try store.find(ids[1], .trusted) == nil)
    try store.settle(Array(layers.values))
  }

  @Test("a layer that was lost is unpacked anew in its place")
  func anew() throws {
    try store.make([id])
    try restart(id)
    let unpacking = try store.beginUnpacking([id], .trusted)
    try #require(unpacking.missing.count == 1)
    try unpacking.missing[0].put("anew")
    let layer = try #require(try store.publish(unpacking.missing)[id])
    #expect(try Scratch.names(layer.path) == ["anew"])
    #expect(!isMarked(id))
    #expect(try Scratch.names("\(store.path)/trusted/.new") == [])
    #expect(try store.find(id, .trusted) != nil)
  }

  @Test("a draft takes the place of a layer that was lost")
  func draft() throws {
    try store.make([id])
    try restart(id)
    let draft = try store.beginDraft(.trusted)
    try draft.tree().makeDirectory("anew")
    let layer = try store.publish(draft, as: id, durably: false)
    #expect(try Scratch.names(layer.path) == ["anew"])
    #expect(isMarked(id))
  }

  @Test("a layer that was lost is collected, however lately it was used")
  func collected() throws {
    try store.make([id, LayerID("b")])
    try restart(id)
    var removed: [String] = []
    try store.collect(unusedFor: 3600) { removed.append($0.place) }
    #expect(removed == ["trusted/sha256-\(id.diffID.digest.hex)"])
  }

  @Test("a mark that is something else is an error, and nothing is taken for whole")
  func damaged() throws {
    try store.make([id])
    #expect(unlink(mark(of: id)) == 0)
    try write(mark(of: id), "x")
    #expect(throws: Failure.self) { try store.find(id, .trusted) }
  }
}
