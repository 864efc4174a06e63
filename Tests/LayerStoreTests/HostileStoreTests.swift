import Glibc
import LayerStore
import System
import TestSupport
import Testing

/// Stores that are broken, or a stranger's.
@Suite struct HostileStoreTests {
  let scratch: Scratch
  let id = LayerID("a")

  init() throws { scratch = try Scratch() }

  private func key(_ store: LayerCache) -> String { "\(store.path)/trusted/sha256-\(id.diffID.digest.hex)" }

  @Test(
    "something else under a layer's name is one line", arguments: ["file", "link", "fifo", "form", "new"])
  func notADirectory(_ what: String) throws {
    let store = try LayerCache(scratch.path("s"))
    let (form, elsewhere) = ("\(store.path)/trusted", scratch.path("elsewhere"))
    mkdir(elsewhere, 0o755)
    mkdir(form, 0o755)
    switch what {
    case "file": try write(key(store), "")
    case "link": symlink(elsewhere, key(store))
    case "fifo": mkfifo(key(store), 0o600)
    case "form":
      rmdir(form)
      symlink(elsewhere, form)
    default: symlink(elsewhere, "\(form)/.new")
    }
    if what != "new" {
      #expect(try #require(throws: Failure.self) { try store.find(id, .trusted) }.kind == .invalid)
    }
    let failure = try #require(throws: Failure.self) { try store.beginUnpacking([id], .trusted) }
    #expect(failure.kind == .invalid && failure.subject == scratch.path("s"), "\(failure)")
    #expect(try Scratch.names(elsewhere) == [])
  }

  @Test("a store that everybody can write, or that is a file, or another's, is refused")
  func refused() throws {
    let path = scratch.path("s")
    mkdir(path, 0o777)
    chmod(path, 0o777)
    #expect(try #require(throws: Failure.self) { try LayerCache(path) }.kind == .denied)
    chmod(path, 0o755)
    _ = try LayerCache(path)
    try write(scratch.path("file"), "")
    #expect(throws: Failure.self) { try LayerCache(scratch.path("file")) }
    #expect(throws: Failure.self) { try LayerCache("") }
    if geteuid() == 0 {
      chown(path, 65534, 65534)
      #expect(try #require(throws: Failure.self) { try LayerCache(path) }.kind == .denied)
    }
  }

  @Test("where short names can't be made, or all are taken, the long ones serve")
  func links() throws {
    let store = try LayerCache(scratch.path("s"))
    let short = try store.shortPath(#require(try store.make([id])[id]))
    try #require(unlink("\(store.path)/\(short)") == 0)
    #expect(try store.shortPath(#require(try store.find(id, .trusted))) == short, "a lost one is made again")
    try #require(unlink("\(store.path)/\(short)") == 0)
    symlink("../trusted/other/tree", "\(store.path)/\(short)")
    let next = try store.shortPath(#require(try store.find(id, .trusted)))
    #expect(next != short && next.hasPrefix("l/") && exists("\(store.path)/\(next)/file-a"))
    try Scratch.remove("\(store.path)/l")
    try write("\(store.path)/l", "")
    let long = try store.shortPath(#require(try store.find(id, .trusted)))
    #expect(long.hasPrefix("trusted/sha256-") && exists("\(store.path)/\(long)"))
  }

  @Test(
    "on a read-only disk layers are found, and not being able to write is one line",
    .enabled(if: Command.canMount, "mounting is not allowed here"))
  func readOnly() throws {
    let path = scratch.path("s")
    do {
      let store = try LayerCache(path)
      try store.make([id])
      let then = timespec(tv_sec: 1, tv_nsec: 0)
      utimensat(AT_FDCWD, key(store), [then, then], 0)
    }
    try #require(try Command.run("mount", "--bind", path, path).status == 0)
    defer { _ = try? Command.run("umount", path) }
    try #require(try Command.run("mount", "-o", "remount,bind,ro", path).status == 0)
    let store = try LayerCache(path)
    #expect(try store.shortPath(#require(try store.find(id, .trusted))).hasPrefix("l/"))
    #expect(try store.beginUnpacking([id], .trusted).missing.isEmpty)
    let failure = try #require(throws: Failure.self) { try store.beginUnpacking([LayerID("b")], .trusted) }
    #expect(failure.kind == .denied && failure.problem.contains("Read-only file system"))
    #expect(try #require(throws: Failure.self) { try store.collect(unusedFor: 0) { _ in } }.kind == .denied)
    #expect(throws: Failure.self) { try store.beginMount() }
  }

  @Test(
    "a disk that is full is one line, and nothing has a layer's name",
    .enabled(if: Command.canMount, "mounting is not allowed here"))
  func full() throws {
    let disk = scratch.path("disk")
    mkdir(disk, 0o700)
    try #require(
      try Command.run("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "x", disk).status == 0)
    defer { _ = try? Command.run("umount", disk) }
    let outcome = try Command.run(Command.probe, "unpack", "\(disk)/s", "a")
    #expect(outcome.status == 1 && outcome.lines.count == 1 && outcome.text.contains("No space left"))
    #expect(try Scratch.names("\(disk)/s/trusted") == [".new"])
    #expect(try Scratch.names("\(disk)/s/trusted/.new") == [])
  }

  @Test("finding 120 layers takes no more than 2 ms, and what it must")
  func speed() throws {
    let store = try LayerCache(scratch.path("s"))
    let ids = (0..<120).map { number in
      let hex = String(number + 4_096, radix: 16)
      return LayerID(digits: hex)
    }
    try store.make(ids)
    let clock = ContinuousClock()
    // The best of several: other tests run beside this one, and it is not optimized here.
    let best = try (0..<20).map { _ in
      let begin = clock.now
      let found = try ids.compactMap { try store.find($0, .trusted) }
      let time = clock.now - begin
      #expect(found.count == ids.count)
      return time
    }.min()
    #expect(try #require(best) < .milliseconds(8))
  }
}
