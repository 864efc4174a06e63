import Glibc
import Image
import Layout
import System
import TestSupport
import Testing

/// A program that stores an image, killed or hindered at each of its system calls in turn.
@Suite(.enabled(if: Command.available("strace"), "strace is not installed"), .serialized)
struct FaultInjectionTests {
  /// Where the program starts from.
  enum Start: String, CaseIterable, CustomTestStringConvertible {
    case nothing
    case partialBlob = "a layout with a partial blob and what a killed process left"

    var testDescription: String { rawValue }

    func make(_ path: String) throws {
      switch self {
      case .nothing: break
      case .partialBlob:
        try #require(try Command.run(Command.probe, path, "old:1", "other").status == 0)
        try write("\(path)/.index.json.new", "{")
        let layer = String(repeating: "layer \n", count: 60_000 / 7)
        let digest = Digest.of(Array(layer.utf8))
        try write("\(path)/.partial/sha256-\(digest.hex)", String(layer.prefix(33_333)))
      }
    }
  }

  /// One system call of the program: its name and the how manyth of that name.
  struct Call: Hashable {
    let name: String
    let number: Int
  }

  private static let reading: Set = [
    "read", "pread64", "newfstatat", "fstat", "brk", "access", "exit_group", "mmap", "munmap",
  ]

  /// The calls that the program makes, from its own first on.
  private static func calls(from start: Start, reading: Bool) throws -> [Call] {
    let scratch = try Scratch()
    try start.make(scratch.path("l"))
    let trace = scratch.path("trace")
    try #require(
      try Command.run("strace", "-o", trace, Command.probe, scratch.path("l"), "new:1").status == 0)
    var counts: [String: Int] = [:]
    var calls: [Call] = []
    var begun = false
    for line in try text(trace).split(separator: "\n") {
      let name = String(line.prefix { $0 != "(" })
      guard line.contains("("), !name.contains("+") else { continue }
      counts[name, default: 0] += 1
      if begun, reading || !Self.reading.contains(name) {
        calls.append(Call(name: name, number: counts[name]!))
      }
      if line.contains("/layout-probe-begins") { begun = true }
    }
    return calls.filter { !["brk", "exit_group", "mmap", "munmap"].contains($0.name) }
  }

  private func run(_ call: Call, _ fault: String, _ path: String) throws -> Command.Outcome {
    try Command.run(
      "timeout", "30", "strace", "-qq", "-o", "/dev/null", "-e", "trace=\(call.name)",
      "-e", "inject=\(call.name):\(fault):when=\(call.number)", Command.probe, path, "new:1")
  }

  /// The layout, after whatever happened, names what it named before, and the next run succeeds.
  private func check(_ path: String, from start: Start, after what: String) throws {
    let old = start == .partialBlob
    #expect(try LayoutCheck.strays(path).filter { $0.hasPrefix("blobs") } == [], "\(what)")
    do {
      let check = try LayoutCheck(path)
      #expect(!old || check.names["docker.io/library/old:1"] != nil, "\(what)")
    } catch let failure as Failure {
      // Not made yet.
      #expect(!old && failure.kind == .notFound, "\(what): \(failure.subject): \(failure.problem)")
    }
    let rest = try Command.run(Command.probe, path, "new:1")
    #expect(rest.status == 0, "\(what), then: \(rest.text)")
    let after = try LayoutCheck(path)
    #expect(after.names.keys.contains("docker.io/library/new:1"), "\(what)")
    #expect(!old || after.names.keys.contains("docker.io/library/old:1"), "\(what)")
    #expect(try LayoutCheck.strays(path) == [], "\(what)")
    #expect(LayoutCheck.partials(path) == [], "\(what)")
  }

  @Test("killed at any system call, a layout loses nothing that was named", arguments: Start.allCases)
  func killed(_ start: Start) throws {
    let calls = try Self.calls(from: start, reading: false)
    #expect(calls.count > 40)
    for call in calls {
      let scratch = try Scratch()
      let path = scratch.path("l")
      try start.make(path)
      let outcome = try run(call, "signal=KILL", path)
      #expect(outcome.status == 128 + SIGKILL, "\(call): \(outcome.text)")
      try check(path, from: start, after: "killed at \(call)")
    }
  }

  @Test(
    "any system call may fail: one line says so, or it does not matter",
    arguments: Start.allCases)
  func failing(_ start: Start) throws {
    let calls = try Self.calls(from: start, reading: true)
    // Not close: it lets go of the file whatever it says, which a call that never happens can't.
    for (number, call) in calls.filter({ $0.name != "close" }).enumerated() {
      let scratch = try Scratch()
      let path = scratch.path("l")
      try start.make(path)
      let error = ["EIO", "ENOSPC", "EROFS"][number % 3]
      let outcome = try run(call, "error=\(error)", path)
      if outcome.status == 0 {
        #expect(outcome.text == "", "\(call)")
      } else {
        #expect(outcome.lines.count == 1 && outcome.text.hasPrefix(path), "\(call) \(error): \(outcome.text)")
        #expect(outcome.status == (error == "EROFS" ? 4 : 1), "\(call) \(error): \(outcome.text)")
      }
      try check(path, from: start, after: "\(error) from \(call)")
    }
  }

  @Test("a disk that is full at any write is one clear line, and no success")
  func full() throws {
    for call in try Self.calls(from: .partialBlob, reading: false)
    where ["write", "pwrite64", "renameat", "syncfs", "fsync"].contains(call.name) {
      let scratch = try Scratch()
      let path = scratch.path("l")
      try Start.partialBlob.make(path)
      let outcome = try run(call, "error=ENOSPC", path)
      #expect(outcome.status == 1 && outcome.lines.count == 1, "\(call): \(outcome.text)")
      #expect(outcome.text.hasSuffix("No space left on device\n"), "\(call): \(outcome.text)")
      try check(path, from: .partialBlob, after: "ENOSPC from \(call)")
    }
  }

  @Test("blobs are durable before they are named, and the name before success is said")
  func order() throws {
    let scratch = try Scratch()
    let trace = scratch.path("trace")
    try #require(
      try Command.run("strace", "-o", trace, Command.probe, scratch.path("l"), "new:1").status == 0)
    let lines = try text(trace).split(separator: "\n")
    func last(_ start: String, _ part: String = "") throws -> Int {
      try #require(lines.lastIndex { $0.hasPrefix(start) && $0.contains(part) })
    }
    let calls = [
      try last("pwrite64"), try last("renameat", "sha256-"), try last("write"), try last("syncfs"),
      try last("renameat", ".index.json.new"), try last("fsync"),
    ]
    #expect(calls == calls.sorted())
    #expect(lines.filter { $0.hasPrefix("syncfs") }.count == 1)
  }
}
