import Glibc
import System
import TestSupport
import Testing

@testable import LayerStore

@Suite struct ChainTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func chain(_ ids: [LayerID], in store: LayerCache) throws -> LayerChain {
    let layers = try store.make(ids)
    return LayerChain(ids.compactMap { layers[$0] }, in: store)
  }

  @Test("the topmost layer comes first, and of one that comes twice only the topmost counts")
  func order() throws {
    let store = try LayerCache(scratch.path("s"))
    let ids = [LayerID("a"), LayerID("b", on: "a"), LayerID("a", on: "b"), LayerID("c", on: "a")]
    let chain = try chain(ids, in: store)
    #expect(chain.layers.map { $0.id.diffID } == [ids[3], ids[2], ids[1]].map(\.diffID))
    let names = try chain.lowerDirectories(.short, upper: false)
    #expect(try chain.options(.short, upper: nil) == "lowerdir=" + names.joined(separator: ":"))
    #expect(names.allSatisfy { $0.hasPrefix("l/") && exists("\(store.path)/\($0)/") })
  }

  @Test("overlayfs gets two lower directories where there is no upper one", arguments: 0...3)
  func padding(_ count: Int) throws {
    let store = try LayerCache(scratch.path("s"))
    let chain = try chain("abc".prefix(count).map { LayerID($0) }, in: store)
    #expect(try chain.lowerDirectories(.absolute, upper: false).count == max(2, count))
    #expect(try chain.lowerDirectories(.absolute, upper: true).count == max(1, count))
    #expect(try chain.lowerDirectories(.short, upper: false).allSatisfy { exists("\(store.path)/\($0)") })
  }

  @Test(
    "what separates options and paths is escaped",
    arguments: [
      ("/plain path", "/plain path"), ("a:b", #"a\:b"#), ("a,b", #"a\,b"#), (#"a\b"#, #"a\\b"#),
      (#"a"b"#, #"a\"b"#), ("a\nb", "a\nb"),
    ])
  func escaping(_ path: String, _ escaped: String) { #expect(LayerChain.escaped(path) == escaped) }

  @Test(
    "mount(8) takes the options of a store with any name",
    .enabled(if: Command.canMount, "overlay can't be mounted here"),
    arguments: ["plain", "c:o,m m\"a\\x\ny", "\\", "a,b\"c"])
  func mounting(_ name: String) throws {
    let store = try LayerCache(scratch.path(name))
    let chain = try chain([LayerID("a"), LayerID("b", on: "a")], in: store)
    let point = scratch.path("point")
    try #require(mkdir(point, 0o755) == 0)
    let place = try store.beginMount()
    let upper = try place.makeTemporaryUpper()
    for (naming, upper) in [(LayerChain.Naming.absolute, upper), (.short, nil), (.short, upper)] {
      let options = try chain.options(naming, upper: upper)
      let outcome = try Command.run(
        "env", "-C", store.path, "mount", "-t", "overlay", "x", "-o", options, point)
      #expect(outcome.status == 0, "\(options): \(outcome.text)")
      #expect(try Scratch.names(point) == ["file-a", "file-b"])
      try #require(try Command.run("umount", point).status == 0)
    }
  }
}
