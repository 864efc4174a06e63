import Glibc
import Image
import System
import Testing

@testable import CommandLine

/// A digest that begins with `text`.
func digest(_ text: String) -> Digest {
  Digest(.sha256, hex: text + String(repeating: "0", count: 64 - text.count))!
}

@Suite struct ProgressDisplayTests {
  /// A pull of two layers, one of which is there.
  private func pull(_ display: ProgressDisplay) {
    display.begin("latest: Pulling from library/busybox")
    display.add(digest("aa"), size: 1_000_000, state: "Pulling fs layer")
    display.add(digest("bb"), size: 2_000_000, state: "Pulling fs layer")
    display.finish(digest("aa"), "Already exists")
    display.state(digest("bb"), "Downloading")
    display.advance(digest("bb"), 500_000)
  }

  private func finish(_ display: ProgressDisplay) {
    display.advance(digest("bb"), 1_500_000)
    display.finish(digest("bb"), "Pull complete")
    display.note("Digest: sha256:12")
    display.note("Status: Downloaded newer image for busybox")
    display.close()
  }

  private static let end = [
    "latest: Pulling from library/busybox", "aa0000000000: Already exists", "bb0000000000: Pull complete",
    "Digest: sha256:12", "Status: Downloaded newer image for busybox",
  ]

  @Test("a terminal shows bars while bytes move, and Docker's words in the end")
  func bars() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    pull(display)
    let lines = terminal.lines { $0.last?.hasPrefix("Total: 500kB") == true }
    #expect(lines.prefix(2) == Self.end.prefix(2))
    try #require(lines.count == 4)
    #expect(lines[2].hasPrefix("bb0000000000: Downloading [===="))
    #expect(lines[2].hasSuffix("] 500kB/2MB"))
    #expect(lines[3].hasPrefix("Total: 500kB/2MB 25%  "))
    finish(display)
    #expect(terminal.lines() == Self.end)
    #expect(terminal.screen.surprises.isEmpty)
  }

  @Test("a message comes above the bars, at once where there are none")
  func message() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    display.print("img-pull: before")
    #expect(terminal.lines() == ["img-pull: before"])
    pull(display)
    _ = terminal.lines { $0.last?.hasPrefix("Total") == true }
    display.print("img-pull: warning: amid")
    let amid = terminal.lines { $0.contains("img-pull: warning: amid") }
    #expect(amid.prefix(3) == ["img-pull: before", Self.end[0], "img-pull: warning: amid"])
    finish(display)
    display.print("img-pull: after")
    #expect(
      terminal.lines()
        == [
          "img-pull: before", Self.end[0], "img-pull: warning: amid", Self.end[1], Self.end[2], Self.end[3],
          Self.end[4], "img-pull: after",
        ])
  }

  @Test("a line on standard output does not mix with the bars of the same terminal")
  func standardOutput() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let session = Session(
      "c", environment: Environment(["TERM": "xterm"], isRoot: false),
      streams: StandardStreams(output: terminal.slave), errors: terminal.slave)
    pull(session.progress)
    _ = terminal.lines { $0.last?.hasPrefix("Total") == true }
    try session.streams.print("store:amid")
    #expect(terminal.lines().prefix(2) == [Self.end[0], "store:amid"])
    _ = terminal.lines { $0.last?.hasPrefix("Total") == true }
    session.progress.advance(digest("bb"), 1_500_000)
    session.progress.finish(digest("bb"), "Pull complete")
    session.progress.note("Status: done")
    try session.streams.print("store:after")
    session.progress.close()
    #expect(
      terminal.lines()
        == [Self.end[0], "store:amid", Self.end[1], Self.end[2], "Status: done", "store:after"])
  }

  @Test("the time goes on where nothing moves, and nothing is written where nothing changes")
  func stalled() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    pull(display)
    let before = terminal.lines { $0.last?.hasPrefix("Total") == true }.last
    #expect(terminal.lines { $0.last != before }.last?.hasPrefix("Total") == true)
    finish(display)
    terminal.drain()
    usleep(200_000)
    #expect(terminal.drain().isEmpty)
  }

  @Test("more layers than rows: finished ones scroll up, those that move stay in sight")
  func manyLayers() throws {
    let terminal = try Terminal(columns: 40, rows: 6)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    display.begin("many")
    let layers = (10..<30).map { digest("\($0)") }
    for layer in layers { display.add(layer, size: 1000, state: "Waiting") }
    display.state(layers[15], "Downloading")
    display.advance(layers[15], 100)
    let lines = terminal.lines { $0.last?.hasPrefix("Total") == true }
    #expect(
      lines.prefix(5)
        == [
          "many", "100000000000: Waiting", "110000000000: Waiting", "250000000000: Downloading 100B/1kB",
          "17 more waiting",
        ])
    for layer in layers {
      display.finish(layer, "Pull complete")
      usleep(15_000)
    }
    display.close()
    let finished = layers.map { "\($0.hex.prefix(12)): Pull complete" }
    #expect(terminal.lines().first == "many")
    #expect(terminal.lines().dropFirst().sorted() == finished)
    #expect(terminal.screen.surprises.isEmpty)
  }

  @Test("a narrow terminal never wraps a line", arguments: [1, 2, 10, 20, 30, 45, 60])
  func narrow(columns: Int) throws {
    let terminal = try Terminal(columns: columns, rows: 24)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    display.add(digest("aa"), size: 1_000_000, state: "Downloading")
    display.advance(digest("aa"), 345_678)
    #expect(terminal.lines { $0.count > 1 }.count == 2)
    #expect(terminal.lines().allSatisfy { $0.count < max(2, columns) })
    display.close()
  }

  @Test("several images follow each other, rows of the first stay")
  func severalImages() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    for name in ["one", "two"] {
      display.begin(name)
      display.add(digest("aa"), size: 10, state: "Waiting")
      usleep(120_000)
      display.finish(digest("aa"), "Pull complete")
      display.note("Digest: \(name)")
    }
    display.close()
    let row = "aa0000000000: Pull complete"
    #expect(terminal.lines() == ["one", row, "Digest: one", "two", row, "Digest: two"])
  }

  @Test("a terminal that takes nothing does not hold up the copy")
  func blockedTerminal() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    pull(display)
    // Fill the terminal until a write would wait; the drawing thread then hangs in its write(2).
    let flags = fcntl(terminal.slave.number, F_GETFL)
    _ = fcntl(terminal.slave.number, F_SETFL, flags | O_NONBLOCK)
    let text = [UInt8](repeating: 0x2E, count: 4096)
    while write(terminal.slave.number, text, text.count) > 0 {}
    _ = fcntl(terminal.slave.number, F_SETFL, flags)
    usleep(250_000)
    let start = ProgressDisplay.time()
    for _ in 0..<100_000 { display.advance(digest("bb"), 1) }
    display.begin("next")
    display.note("Digest: none")
    #expect(ProgressDisplay.time() - start < 2_000_000_000)
    let stop = Monitor(false)
    let master = terminal.master
    let reader = try Thread {
      var buffer = [UInt8](repeating: 0, count: 4096)
      while !stop.update({ $0 }) {
        _ = read(master.number, &buffer, buffer.count)
        usleep(1000)
      }
    }
    display.close()
    stop.update { $0 = true }
    reader.join()
  }

  @Test("plain: a line when something changes its state")
  func plain() throws {
    let capture = try Capture()
    let display = ProgressDisplay(.plain, on: capture.file)
    pull(display)
    finish(display)
    let lines = try capture.text.split(separator: "\n")
    #expect(
      lines == [
        "latest: Pulling from library/busybox", "aa0000000000: Pulling fs layer",
        "bb0000000000: Pulling fs layer", "aa0000000000: Already exists", "bb0000000000: Downloading",
        "bb0000000000: Pull complete", "Digest: sha256:12", "Status: Downloaded newer image for busybox",
      ])
  }

  @Test("json: a document a line, with totals")
  func json() throws {
    let capture = try Capture()
    let display = ProgressDisplay(.json, on: capture.file)
    pull(display)
    for _ in 0..<1000 where !(try capture.text.contains("total")) { usleep(10_000) }
    finish(display)
    let events = try capture.text.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
    #expect(
      events.first == ["event": .string("begin"), "text": .string("latest: Pulling from library/busybox")])
    #expect(
      events.contains([
        "event": .string("blob"), "digest": .string(digest("bb").description),
        "state": .string("Downloading"),
        "done": .number("500000"), "size": .number("2000000"), "finished": .bool(false),
      ]))
    #expect(events.contains(["event": .string("note"), "text": .string("Digest: sha256:12")]))
    #expect(events.last?["event"]?.string == "total")
    #expect(events.last?["done"]?.integer == 2_000_000)
    #expect(events.last?["size"]?.integer == 2_000_000)
  }

  @Test(
    "none, -q and anything that is no terminal: nothing at all",
    arguments: [(ProgressMode.none, false), (.auto, true), (.plain, true), (.json, true), (.auto, false)])
  func nothing(mode: ProgressMode, quiet: Bool) throws {
    let capture = try Capture()
    let display = ProgressDisplay(mode, quiet: quiet, on: capture.file)
    pull(display)
    finish(display)
    #expect(try capture.text == "")
  }

  @Test("NO_COLOR on a terminal: plain lines without control sequences")
  func plainTerminal() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let display = ProgressDisplay(.auto, plainText: true, on: terminal.slave)
    pull(display)
    finish(display)
    #expect(!terminal.drain().contains(0x1B))
  }

  @Test("several threads may drive it at once")
  func threads() throws {
    let terminal = try Terminal(columns: 80, rows: 24)
    let display = ProgressDisplay(.auto, on: terminal.slave)
    let threads = try (10..<18).map { number in
      try Thread {
        display.add(digest("\(number)"), size: 10_000, state: "Waiting")
        for _ in 0..<10_000 { display.advance(digest("\(number)"), 1) }
        display.finish(digest("\(number)"), "Pull complete")
      }
    }
    for thread in threads { thread.join() }
    let board = display.state.update { $0.board }
    #expect(board.done == 80_000)
    #expect(board.total == 80_000)
    display.close()
    #expect(terminal.lines().count == 8)
  }
}
