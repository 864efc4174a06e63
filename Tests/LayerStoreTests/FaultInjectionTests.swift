import Glibc
import System
import TestSupport
import Testing

/// A program that unpacks two layers, killed or hindered at each of its system calls.
@Suite(.enabled(if: Command.available("strace"), "strace is not installed"), .serialized)
struct FaultInjectionTests {
  /// One system call of the program: its name and the how manyth of that name.
  struct Call: Hashable {
    let name: String
    let number: Int
  }

  private static let reading: Set = [
    "read", "newfstatat", "fstat", "brk", "access", "mmap", "munmap", "readlink", "geteuid",
  ]

  /// The calls that the program makes, from its own first on.
  private static func calls() throws -> [Call] {
    let scratch = try Scratch()
    let trace = scratch.path("trace")
    try #require(
      try Command.run("strace", "-o", trace, Command.probe, "unpack", scratch.path("s"), "ab", "few").status
        == 0)
    var counts: [String: Int] = [:]
    var calls: [Call] = []
    var begun = false
    for line in try text(trace).split(separator: "\n") {
      let name = String(line.prefix { $0 != "(" })
      guard line.contains("("), !name.contains("+"), name != "exit_group" else { continue }
      counts[name, default: 0] += 1
      if begun, !reading.contains(name) { calls.append(Call(name: name, number: counts[name]!)) }
      if line.contains("/layer-probe-begins") { begun = true }
    }
    return calls
  }

  private func run(_ call: Call, _ fault: String, _ path: String) throws -> Command.Outcome {
    try Command.run(
      "timeout", "30", "strace", "-qq", "-o", "/dev/null", "-e", "trace=\(call.name)",
      "-e", "inject=\(call.name):\(fault):when=\(call.number)", Command.probe, "unpack", path, "ab", "few")
  }

  /// Whatever has a layer's name is whole, and the next run makes the rest and leaves nothing.
  private func check(_ path: String, _ what: String) throws {
    func layers() throws -> [String] {
      exists("\(path)/trusted") ? try Scratch.names("\(path)/trusted").filter { $0.hasPrefix("sha256") } : []
    }
    for name in try layers() {
      #expect(try Scratch.names("\(path)/trusted/\(name)/tree/directory").count == 2, "\(what)")
    }
    let rest = try Command.run(Command.probe, "unpack", path, "ab", "few")
    #expect(rest.status == 0, "\(what), then: \(rest.text)")
    #expect(try layers().count == 2, "\(what)")
    #expect(try Command.run(Command.probe, "collect", path).lines.count == 2, "\(what)")
    #expect(try Scratch.names("\(path)/trusted/.new") == [], "\(what)")
    #expect(try Scratch.names("\(path)/l") == [], "\(what)")
  }

  @Test("killed at any system call, a process leaves nothing that looks whole")
  func killed() throws {
    let calls = try Self.calls()
    #expect(calls.count > 40)
    for call in calls {
      let scratch = try Scratch()
      let outcome = try run(call, "signal=KILL", scratch.path("s"))
      #expect(outcome.status == 128 + SIGKILL, "\(call): \(outcome.text)")
      try check(scratch.path("s"), "killed at \(call)")
    }
  }

  @Test("any system call may fail: one line says so, or it does not matter")
  func failing() throws {
    // Not close, which lets go of the file whatever it says.
    for (number, call) in try Self.calls().filter({ $0.name != "close" }).enumerated() {
      let scratch = try Scratch()
      let path = scratch.path("s")
      let error = ["EIO", "ENOSPC", "EROFS"][number % 3]
      let outcome = try run(call, "error=\(error)", path)
      if outcome.status != 0 {
        #expect(outcome.lines.count == 1, "\(call) \(error): \(outcome.text)")
        #expect(outcome.status == (error == "EROFS" ? 4 : 1), "\(call) \(error): \(outcome.text)")
      }
      try check(path, "\(error) from \(call)")
    }
  }

  @Test("layers are durable before they have names")
  func order() throws {
    let scratch = try Scratch()
    let trace = scratch.path("trace")
    try #require(
      try Command.run("strace", "-o", trace, Command.probe, "unpack", scratch.path("s"), "ab").status == 0)
    let lines = try text(trace).split(separator: "\n").map { String($0.prefix { $0 != "(" }) }
    let written = try #require(lines.lastIndex { $0 == "symlinkat" })
    let synchronized = try #require(lines.firstIndex(of: "syncfs"))
    let named = try #require(lines.firstIndex(of: "renameat"))
    #expect(written < synchronized && synchronized < named)
    #expect(lines.filter { $0 == "syncfs" }.count == 1)
  }
}
