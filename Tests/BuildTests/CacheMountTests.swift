import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

@Suite struct CacheMountTests {
  let room: CacheScratch
  var cache: BuildCache { room.cache }

  init() throws { room = try CacheScratch() }

  @Test(
    "an id becomes a name that one can read and that leads nowhere else",
    arguments: [
      ("go", "go"), ("/root/.cache", "%2Froot%2F.cache"), ("..", "%2E."), (".", "%2E"), ("", "%empty"),
      ("a/../../b", "a%2F..%2F..%2Fb"), ("%2F", "%252F"), ("é", "%C3%A9"), ("a\u{0}b\n", "a%00b%0A"),
    ])
  func names(_ id: String, _ name: String) { #expect(CacheMount.name(of: id) == name) }

  @Test("long ids that begin the same have names of their own")
  func long() {
    let names = ["a", "b"].map { CacheMount.name(of: String(repeating: "x", count: 5000) + $0) }
    #expect(names[0] != names[1] && names.allSatisfy { $0.utf8.count <= 240 })
  }

  @Test("a mount is made with its look, keeps what is in it, and is there for people to see")
  func made() throws {
    do {
      let mount = try cache.mount(
        "/go", sharing: .shared, look: .init(mode: 0o1770, user: getuid(), group: 5))
      #expect(mount.isEmpty)
      let status = try mount.directory.status().raw
      #expect(status.st_mode & 0o7777 == 0o1770 && status.st_gid == 5)
      try write("\(mount.path)/file", "x")
    }
    let again = try cache.mount("/go", sharing: .shared)
    #expect(!again.isEmpty)
    #expect(try again.directory.status().raw.st_mode & 0o7777 == 0o1770)
    #expect(try text("\(cache.path)/mounts/%2Fgo/file") == "x")
  }

  @Test("shared mounts are one directory; private ones are another each while they are held")
  func sharing() throws {
    let one = try cache.mount("a", sharing: .shared)
    let other = try cache.mount("a", sharing: .shared)
    #expect(one.path == other.path)
    var held = [try cache.mount("a", sharing: .private)]
    #expect(held[0].path == one.path + "%copy2")
    held.append(try cache.mount("a", sharing: .private))
    #expect(held[1].path == one.path + "%copy3")
    held.removeFirst()
    #expect(try cache.mount("a", sharing: .private).path == one.path + "%copy2")
  }

  @Test("a locked mount is waited for")
  func locked() throws {
    let cache = cache
    let order = Monitor<[Int]>([])
    var mount: CacheMount? = try cache.mount("a", sharing: .locked)
    let thread = try Thread {
      let mount = try? cache.mount("a", sharing: .locked)
      order.update { $0.append(mount == nil ? 0 : 2) }
    }
    usleep(50_000)
    order.update { $0.append(1) }
    withExtendedLifetime(mount) {}
    mount = nil
    thread.join()
    #expect(order.update { $0 } == [1, 2])
  }

  @Test("a link in the place of a mount is not followed")
  func link() throws {
    _ = try cache.mount("b", sharing: .shared)
    #expect(symlink("/tmp", "\(cache.path)/mounts/a") == 0)
    #expect(throws: Failure.self) { try cache.mount("a", sharing: .shared) }
  }
}
