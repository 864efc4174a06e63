import Glibc
import LayerStore
import System
import TestSupport
import Testing

/// Several processes at one store.
@Suite(.serialized) struct ConcurrencyTests {
  let scratch: Scratch
  let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("store")
  }

  private func probe(_ words: String...) throws -> Command {
    try Command(["timeout", "--foreground", "-s", "KILL", "60", Command.probe] + words)
  }

  /// Every layer that has its name is whole.
  private func check() throws {
    for name in try Scratch.names("\(path)/trusted") where name != ".new" {
      #expect(try Scratch.names("\(path)/trusted/\(name)/tree/directory").count == 100)
    }
  }

  private func eventually(_ condition: () throws -> Bool) throws {
    for _ in 0..<2_000 {
      if try condition() { return }
      usleep(5_000)
    }
    Issue.record("that never came true")
  }

  @Test(
    "of processes that want the same layers, in whatever order, exactly one unpacks each",
    arguments: [true, false])
  func once(_ dependent: Bool) throws {
    for images in [["abcdef", "abcdef"], ["ab", "ba"], ["abc", "cba", "bca", "db"]] {
      let scratch = try Scratch()
      let words = dependent ? ["slow", "dependent"] : ["slow"]
      let processes = try (0..<8).map { number in
        try Command(
          ["timeout", "60", Command.probe, "unpack", scratch.path("s"), images[number % images.count]] + words
        )
      }
      let outcomes = try processes.map { try $0.wait() }
      #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes.map(\.text))")
      let made = outcomes.flatMap(\.lines).map(String.init)
      if !dependent { #expect(made.sorted() == Set(made).sorted(), "\(images)") }
      // A dependent layer is one for each chain that it is in: as many as there are different beginnings of images.
      let chains = Set(images.flatMap { image in image.indices.map { image[...$0] } })
      let layers = dependent ? chains.count : Set(images.joined()).count
      #expect(made.count == layers, "\(images): \(made)")
      #expect(try Scratch.names(scratch.path("s/trusted")).count == layers + 1)
      #expect(try Scratch.names(scratch.path("s/trusted/.new")) == [])
    }
  }

  @Test("who waits for a layer goes on when it is published, not when its last lease ends")
  func leaseIsNoLock() throws {
    let first = try Command([Command.probe, "unpack", path, "ab", "slow", "hold"])
    try eventually { try exists("\(path)/trusted/.new") && !Scratch.names("\(path)/trusted/.new").isEmpty }
    #expect(try probe("unpack", path, "ab").wait().text == "")
    #expect(first.isRunning)
    first.kill()
    try first.wait()
  }

  @Test("a process that waits for another's layer ends with a signal, at once")
  func interrupted() throws {
    let store = try LayerCache(path)
    let unpacking = try store.beginUnpacking([LayerID("a")], .trusted)
    defer { withExtendedLifetime(unpacking) {} }
    let waiting = try Command([Command.probe, "unpack", path, "a"])
    usleep(100_000)
    #expect(waiting.isRunning)
    let clock = ContinuousClock()
    let begin = clock.now
    waiting.kill(SIGTERM)
    let outcome = try waiting.wait()
    #expect(outcome.status == 128 + SIGTERM)
    let time = clock.now - begin
    #expect(time < .seconds(1))
  }

  @Test("what is leased is not collected, and all else is")
  func collection() throws {
    try probe("unpack", path, "abc").wait()
    let user = try Command([Command.probe, "find", path, "b", "hold"])
    try eventually { try user.text() == "found\n" }
    let outcome = try probe("collect", path).wait()
    #expect(outcome.lines.count == 2)
    #expect(try probe("find", path, "b").wait().text == "found\n")
    user.kill()
    try user.wait()
    try eventually { try !probe("collect", path).wait().lines.isEmpty }
    #expect(try Scratch.names("\(path)/trusted") == [".new"])
    #expect(try Scratch.names("\(path)/l") == [])
  }

  @Test("unpacking, finding and collecting at once: nobody fails, and nothing is found that is not whole")
  func race() throws {
    for _ in 0..<15 {
      let jobs: [Command] = try [
        probe("unpack", path, "abcd"), probe("collect", path), probe("unpack", path, "dcba", "dependent"),
        probe("collect", path), probe("unpack", path, "ab"), probe("find", path, "abcd"),
        probe("collect", path),
      ]
      for job in jobs {
        let outcome = try job.wait()
        #expect(outcome.status == 0, "\(outcome.text)")
      }
      try check()
    }
    #expect(try probe("unpack", path, "abcd").wait().status == 0)
    #expect(try Scratch.names("\(path)/trusted/.new") == [])
  }

  @Test("killed at any moment, a store has nothing under a layer's name that is not whole")
  func killed() throws {
    for round in 0..<40 {
      // Not by way of timeout: it would be that which dies.
      let processes = try ["abcd", "dcba"].map { try Command([Command.probe, "unpack", path, $0, "slow"]) }
      usleep(useconds_t.random(in: 5_000..<120_000))
      for process in processes { process.kill() }
      for process in processes { try process.wait() }
      if exists("\(path)/trusted") { try check() }
      if round % 4 == 3 { #expect(try probe("collect", path).wait().status == 0) }
    }
    #expect(try probe("unpack", path, "abcd").wait().status == 0)
    try check()
    #expect(try probe("collect", path).wait().status == 0)
    #expect(try Scratch.names("\(path)/trusted/.new") == [])
  }
}
