import Glibc
import Image
import LayerStore
import System
import TestSupport
import Testing

@Suite struct UnpackingTests {
  let scratch: Scratch
  let store: LayerCache

  init() throws {
    scratch = try Scratch()
    store = try LayerCache(scratch.path("a/b/store"))
  }

  @Test("a store is made with its parents, for its owner alone")
  func made() throws {
    #expect(try Scratch.directory(store.path).status().raw.st_mode & 0o7777 == 0o700)
    #expect(try store.find(LayerID("a"), .trusted) == nil)
  }

  @Test("a layer is seen by nobody before it is published, and by all after")
  func publishing() throws {
    let id = LayerID("a")
    let unpacking = try store.beginUnpacking([id], .trusted)
    #expect(unpacking.present.isEmpty)
    let layer = try #require(unpacking.missing.first)
    try layer.put("file", "hello")
    #expect(try store.find(id, .trusted) == nil)
    let published = try store.publish(unpacking.missing)
    #expect(published[id]?.path == "\(store.path)/trusted/sha256-\(id.diffID.digest.hex)/tree")
    let found = try #require(try store.find(id, .trusted))
    #expect(try text("\(found.path)/file") == "hello")
    let short = try store.shortPath(found)
    #expect(try text("\(store.path)/\(short)/file") == "hello")
    #expect(short.utf8.count == 8)
    #expect(try Scratch.names("\(store.path)/trusted/.new") == [])
    #expect(try store.beginUnpacking([id], .trusted).missing.isEmpty)
  }

  @Test("a new layer's tree is empty, and anybody may enter it")
  func mode() throws {
    let layer = try #require(try store.beginUnpacking([LayerID("a")], .trusted).missing.first)
    let tree = try layer.tree()
    #expect(try tree.names() == [])
    #expect(try tree.status().raw.st_mode & 0o7777 == 0o755)
  }

  @Test("a layer that an image has twice is one layer, and one lease serves both places")
  func twice() throws {
    let ids = [LayerID("a"), LayerID("b", on: "a"), LayerID("a", on: "b"), LayerID("a")]
    let unpacking = try store.beginUnpacking(ids, .trusted)
    #expect(unpacking.missing.map { $0.ids.count }.sorted() == [1, 2])
    let published = try store.publish(unpacking.missing, durably: false)
    #expect(published.count == 3)
    #expect(published[ids[0]]?.path == published[ids[2]]?.path)
  }

  @Test("a layer that depends on those below it is found in its place only")
  func dependent() throws {
    let (here, there) = (LayerID("a", on: "1"), LayerID("a", on: "2"))
    let layer = try #require(try store.beginUnpacking([here], .trusted).missing.first)
    try layer.put("file", "below 1")
    let places = try layer.becomeDependent()
    #expect(places.count == 1 && places[0].isDependent)
    let published = try store.publish(places, durably: false)
    #expect(published[here]?.path.hasSuffix("/chain-sha256-\(here.chainID.hex)/tree") == true)
    #expect(try store.find(here, .trusted)?.path == published[here]?.path)
    #expect(try store.find(there, .trusted) == nil)
    #expect(try Scratch.names("\(store.path)/trusted/.new") == [])
  }

  @Test("a dependent layer that an image has twice is made for each place")
  func dependentTwice() throws {
    let ids = [LayerID("a", on: "1"), LayerID("a", on: "2")]
    let layer = try #require(try store.beginUnpacking(ids, .trusted).missing.first)
    try layer.put("file", "1")
    let places = try layer.becomeDependent()
    #expect(places.map(\.ids) == ids.map { [$0] })
    #expect(try places[1].tree().names() == [])
    try places[1].put("file", "2")
    _ = try store.publish([places[0]], durably: false)
    _ = try store.publish([places[1]], durably: false)
    for (id, content) in zip(ids, ["1", "2"]) {
      #expect(try text(try #require(try store.find(id, .trusted)).path + "/file") == content)
    }
    #expect(try Scratch.names("\(store.path)/trusted/.new") == [])
  }

  @Test("what is abandoned is gone, and can be begun again")
  func abandoned() throws {
    let layer = try #require(try store.beginUnpacking([LayerID("a")], .trusted).missing.first)
    try layer.put("file")
    layer.abandon()
    #expect(try Scratch.names("\(store.path)/trusted/.new") == [])
    let again = try #require(try store.beginUnpacking([LayerID("a")], .trusted).missing.first)
    #expect(try again.tree().names() == [])
  }

  @Test("what a killed process left is thrown away by the next who wants the layer")
  func leftOver() throws {
    do {
      let layer = try #require(try store.beginUnpacking([LayerID("a")], .trusted).missing.first)
      try layer.put("half")
    }
    #expect(try Scratch.names("\(store.path)/trusted/.new").count == 1)
    let again = try #require(try store.beginUnpacking([LayerID("a")], .trusted).missing.first)
    #expect(try again.tree().names() == [])
  }

  @Test("forms lie side by side")
  func forms() throws {
    let forms: [LayerForm] = [
      .trusted, .tree(.user, .recorded),
      .tree(
        .user,
        .mapped(
          IdentityMap(
            users: [.init(inside: 0, outside: 1000, count: 1)],
            groups: [.init(inside: 0, outside: 1000, count: 1)]))),
    ]
    for form in forms { try store.make([LayerID("a")], form) }
    let names = try Scratch.names(store.path).filter { $0 != "l" }
    #expect(names == ["recorded", "trusted", forms[2].directoryName])
    #expect(
      try text("\(store.path)/\(forms[2].directoryName)/map").hasSuffix("user 0 1000 1\ngroup 0 1000 1\n"))
    #expect(try Scratch.names("\(store.path)/l").count == 3)
  }
}
