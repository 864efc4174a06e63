import Glibc
import Image
import Layout
import System
import TestSupport
import Testing

/// Several processes in one layout.
@Suite(.timeLimit(.minutes(1))) struct ConcurrencyTests {
  @Test("eight writers at once, in a layout that none of them finds, lose nothing")
  func writers() throws {
    for round in 1...10 {
      let scratch = try Scratch()
      let path = scratch.path("a/l")
      // All share a layer, and two at a time everything.
      let commands = try (0..<8).map { try Command([Command.probe, path, "app\($0 / 2):\(round)"]) }
      for command in commands {
        let outcome = try command.wait()
        #expect(outcome.status == 0, "\(outcome.text)")
      }
      let check = try LayoutCheck(path)
      #expect(Set(check.names.keys) == Set((0..<4).map { "docker.io/library/app\($0):\(round)" }))
      #expect(try LayoutCheck.strays(path) == [])
      #expect(LayoutCheck.partials(path) == [])
    }
  }

  @Test("writers killed at any moment take nothing from the others")
  func killed() throws {
    let scratch = try Scratch()
    let path = scratch.path("l")
    var named: Set<String> = []
    for round in 0..<25 {
      let commands = try (0..<4).map { try Command([Command.probe, path, "app\($0):\(round)", "\(round)"]) }
      usleep(UInt32.random(in: 0...25_000))
      commands[0].kill()
      commands[1].kill()
      for (number, command) in commands.enumerated() {
        let outcome = try command.wait()
        if outcome.status == 0 { named.insert("docker.io/library/app\(number):\(round)") }
        #expect(outcome.status == 0 || number < 2, "\(outcome.text)")
      }
      let names = try Set(LayoutCheck(path).names.keys)
      #expect(names.isSuperset(of: named))
      named.formUnion(names)
    }
    #expect(named.count >= 50)
    #expect(try LayoutCheck.strays(path).filter { $0.hasPrefix("blobs") } == [])
  }

  @Test("readers see every name that was there when they began")
  func readers() throws {
    let scratch = try Scratch()
    let path = scratch.path("l")
    try #require(try Command.run(Command.probe, path, "old:1").status == 0)
    let commands = try (0..<4).map { try Command([Command.probe, path, "app:\($0)"]) }
    for _ in 0..<50 {
      #expect(try LayoutCheck(path).names["docker.io/library/old:1"] != nil)
    }
    for command in commands { #expect(try command.wait().status == 0) }
  }
}
