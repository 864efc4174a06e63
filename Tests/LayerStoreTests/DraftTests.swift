import Glibc
import Image
import LayerStore
import System
import TestSupport
import Testing

@Suite struct DraftTests {
  let scratch: Scratch
  let store: LayerCache

  init() throws {
    scratch = try Scratch()
    store = try LayerCache(scratch.path("store"))
  }

  /// A draft with a file of this text.
  private func draft(_ text: String) throws -> LayerDraft {
    let draft = try store.beginDraft(.trusted)
    try draft.tree().open("file", O_WRONLY | O_CREAT, mode: 0o644).write(Array(text.utf8))
    return draft
  }

  private var new: [String] { get throws { try Scratch.names("\(store.path)/trusted/.new") } }

  @Test("a draft becomes a layer under the name it is given, and nothing else stays")
  func published() throws {
    let draft = try draft("a")
    #expect(try store.find(LayerID("a"), .trusted) == nil)
    let layer = try store.publish(draft, as: LayerID("a"), durably: true)
    #expect(try text("\(layer.path)/file") == "a")
    #expect(layer.path == (try store.find(LayerID("a"), .trusted)?.path))
    #expect(try new == [])
    #expect(exists("\(store.path)/\(try store.shortPath(layer))/file"))
  }

  @Test("a draft of a layer that is here already goes")
  func present() throws {
    _ = try store.publish(draft("first"), as: LayerID("a"), durably: false)
    let layer = try store.publish(draft("second"), as: LayerID("a"), durably: false)
    #expect(try text("\(layer.path)/file") == "first")
    #expect(try new == [])
  }

  @Test("a draft that holds something of the layers below is found in its place only")
  func dependent() throws {
    let layer = try store.publish(draft("a"), as: LayerID("a", on: "b"), dependent: true, durably: false)
    #expect(layer.place.hasPrefix("trusted/chain-"))
    #expect(try store.find(LayerID("a", on: "c"), .trusted) == nil)
    #expect(try store.find(LayerID("a", on: "b"), .trusted) != nil)
  }

  @Test("an abandoned draft leaves nothing, and so does one that was dropped once the next begins")
  func abandoned() throws {
    try draft("a").abandon()
    #expect(try new == [])
    _ = try draft("b")
    #expect(try new.count == 1)
    try draft("c").abandon()
    #expect(try new == [])
  }

  @Test("a draft that is being filled is left alone by others")
  func concurrent() throws {
    let one = try draft("1")
    let other = try draft("2")
    try store.collect(unusedFor: 0) { _ in }
    let first = try store.publish(one, as: LayerID("a"), durably: false)
    let second = try store.publish(other, as: LayerID("b"), durably: false)
    #expect(try text("\(first.path)/file") + text("\(second.path)/file") == "12")
  }

  @Test("who publishes a draft waits for who unpacks the same layer, and takes his")
  func race() throws {
    let unpacking = try store.beginUnpacking([LayerID("a")], .trusted)
    try unpacking.missing[0].put("theirs")
    let draft = try draft("mine")
    let thread = try Thread { [store] in
      usleep(50_000)
      _ = try? store.publish(unpacking.missing, durably: false)
    }
    let layer = try store.publish(draft, as: LayerID("a"), durably: false)
    thread.join()
    #expect(try Scratch.names(layer.path) == ["theirs"])
  }

  @Test("eight threads that publish the same layer get one")
  func threads() throws {
    let store = store
    let paths = Monitor<[String]>([])
    var threads: [Thread] = []
    for _ in 0..<8 {
      threads.append(
        try Thread {
          guard let draft = try? store.beginDraft(.trusted),
            let layer = try? store.publish(draft, as: LayerID("a"), durably: false)
          else { return }
          paths.update { $0.append(layer.path) }
        })
    }
    for thread in threads { thread.join() }
    #expect(paths.update { $0.count } == 8 && Set(paths.update { $0 }).count == 1)
    #expect(try new == [])
  }

  @Test("the upper directory of a mount becomes a layer's tree")
  func upper() throws {
    let place = try store.beginMount()
    let upper = try place.makeTemporaryUpper()
    try write("\(upper.path)/file", "changed")
    let layer = try store.publishUpper(of: place, as: LayerID("a"), .trusted, durably: false)
    #expect(try text("\(layer.path)/file") == "changed")
    #expect(!exists(upper.path))
    try place.remove()
    #expect(try Scratch.names("\(store.path)/mounts") == [])
    #expect(try new == [])
  }

  @Test("an upper directory whose layer is here already goes with its mount")
  func upperTwice() throws {
    _ = try store.publish(draft("first"), as: LayerID("a"), durably: false)
    let place = try store.beginMount()
    let upper = try place.makeTemporaryUpper()
    let layer = try store.publishUpper(of: place, as: LayerID("a"), .trusted, durably: false)
    #expect(try text("\(layer.path)/file") == "first")
    #expect(exists(upper.path))
    try place.remove()
    #expect(!exists(upper.path))
  }

  @Test("an upper directory shows the root of the topmost layer as it was, whatever the umask")
  func root() throws {
    guard requireRoot() else { return }
    let draft = try draft("a")
    try draft.tree().setMode(0o1751)
    try draft.tree().setOwner(5, 6)
    let layer = try store.publish(draft, as: LayerID("a"), durably: false)
    let upper = try store.beginMount().makeTemporaryUpper(on: layer)
    let status = try Scratch.directory(upper.path).status().raw
    #expect(status.st_mode & 0o7777 == 0o1751 && (status.st_uid, status.st_gid) == (5, 6))
  }
}
