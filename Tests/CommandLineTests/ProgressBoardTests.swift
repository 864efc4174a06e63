import Image
import Testing

@testable import CommandLine

@Suite struct ProgressBoardTests {
  private let second: UInt64 = 1_000_000_000

  @Test("the rate is that of the last seconds, and a stall makes the time left unknown")
  func rate() {
    var rate = TransferRate()
    var now: UInt64 = 0
    rate.sample(at: now)
    for _ in 0..<100 {
      now += second / 10
      rate.count(1_000_000)
      rate.sample(at: now)
    }
    #expect(abs(rate.bytesPerSecond - 10_000_000) < 1000)
    #expect(rate.secondsLeft(for: 50_000_000) == 5 || rate.secondsLeft(for: 50_000_000) == 6)
    for _ in 0..<1000 {
      now += second / 10
      rate.sample(at: now)
    }
    #expect(rate.bytesPerSecond == 0)
    #expect(rate.secondsLeft(for: 1) == nil)
  }

  @Test("a clock that stands still or a short time is no division by zero")
  func noTime() {
    var rate = TransferRate()
    for now: UInt64 in [5, 5, 6, 4, 0] {
      rate.count(1 << 40)
      rate.sample(at: now)
    }
    #expect(rate.bytesPerSecond == 0)
  }

  @Test("what is there from an earlier run counts as done and makes no rate")
  func skipped() {
    var board = ProgressBoard(at: 0)
    _ = board.add(digest("aa"), size: 1000, state: "Downloading")
    board.advance(digest("aa"), by: 900, counted: false)
    board.tick(at: second)
    #expect(board.done == 900)
    #expect(board.rate.bytesPerSecond == 0)
  }

  @Test("a blob that starts again goes back, never below nothing")
  func back() {
    var board = ProgressBoard(at: 0)
    _ = board.add(digest("aa"), size: 1000, state: "Downloading")
    board.advance(digest("aa"), by: 700, counted: true)
    board.advance(digest("aa"), by: -700, counted: true)
    #expect(board.done == 0)
    board.advance(digest("aa"), by: Int.min, counted: true)
    #expect(board.done == 0)
    #expect(board.total == 1000)
  }

  @Test("numbers of a stranger don't trap")
  func overflow() {
    var board = ProgressBoard(at: 0)
    _ = board.add(digest("aa"), size: .max, state: "Downloading")
    _ = board.add(digest("bb"), size: .max, state: "Downloading")
    board.advance(digest("aa"), by: .max, counted: true)
    board.advance(digest("aa"), by: .max, counted: true)
    board.advance(digest("aa"), by: .max, counted: true)
    board.tick(at: .max)
    _ = board.frame(.standard)
    _ = board.events
    _ = board.finish(digest("bb"), "Pull complete")
    _ = board.frame(ScreenSize(columns: 0, rows: 0))
  }

  @Test("what did not have to be moved is no part of the total")
  func alreadyThere() {
    var board = ProgressBoard(at: 0)
    _ = board.add(digest("aa"), size: 1000, state: "Waiting")
    _ = board.add(digest("bb"), size: 500, state: "Waiting")
    _ = board.finish(digest("aa"), "Already exists")
    #expect(board.total == 500)
  }

  @Test("a blob is added and finished once, and one that nobody added is ignored")
  func once() {
    var board = ProgressBoard(at: 0)
    #expect(board.add(digest("aa"), size: 10, state: "Waiting") != nil)
    #expect(board.add(digest("aa"), size: 10, state: "Waiting") == nil)
    #expect(board.finish(digest("aa"), "Pull complete") != nil)
    #expect(board.finish(digest("aa"), "Pull complete") == nil)
    #expect(board.setState(digest("cc"), "Downloading") == nil)
    board.advance(digest("cc"), by: 10, counted: true)
    #expect(board.done == 0)
  }

  @Test(
    "a bar is as long as there is room, and full only in the end",
    arguments: [
      (0, 100, ">         "), (50, 100, "=====>    "), (99, 100, "=========>"), (100, 100, "=========="),
      (0, 0, ">         "), (200, 100, "=========="),
    ] as [(UInt64, UInt64, String)])
  func bar(done: UInt64, size: UInt64, bar: String) {
    #expect(ProgressBoard.bar(done, of: size, 10) == bar)
  }
}
