import Glibc
import Image
import System

/// How far a command is, on standard error (interface.md §3); safe to use from several threads.
///
/// Made to be called from the middle of a copy: on a terminal a call only changes numbers under a lock, and a
/// thread of its own draws at most ten times a second, so that a slow terminal holds up nobody.
public final class ProgressDisplay: Sendable {
  /// What calls change and the drawing thread reads.
  struct State {
    var board: ProgressBoard
    /// Lines that are to be printed above the bars.
    var pending: [String] = []
    var ticker: Ticker?
    /// The terminal, locked while this draws on it.
    var terminal: FileDescriptor?
    var closed = false
  }

  let output: FileDescriptor
  let style: ProgressStyle
  let state: Monitor<State>
  private let screen: Monitor<TerminalScreen>

  /// A display on `output`.
  ///
  /// - Parameters:
  ///   - quiet: `-q`: nothing is shown, whatever the mode.
  ///   - plainText: whether a terminal should get no control sequences (`Environment.wantsPlainText`).
  public convenience init(
    _ mode: ProgressMode, quiet: Bool = false, plainText: Bool = false,
    on output: FileDescriptor = .standardError
  ) {
    self.init(
      ProgressStyle(mode, quiet: quiet, isTerminal: output.isTerminal, plainText: plainText), on: output)
  }

  init(_ style: ProgressStyle, on output: FileDescriptor) {
    self.output = output
    self.style = style
    state = Monitor(State(board: ProgressBoard(at: Self.time())))
    screen = Monitor(TerminalScreen(output))
  }

  deinit { close() }

  /// Whether it is lines of JSON, between which nothing else belongs.
  public var isJSON: Bool { style == .json }

  /// Another image begins: `latest: Pulling from library/busybox`; the rows of the one before stay as they are.
  public func begin(_ heading: String) {
    settleRows()
    say("begin", heading)
  }

  /// A blob of `size` bytes that is to come; `state` is `Pulling fs layer`, say.
  public func add(_ id: Digest, size: UInt64, state word: String) {
    change { $0.add(id, size: size, state: word) }
  }

  /// A blob that need not be moved; `word` says why: `Already exists`.
  public func addFinished(_ id: Digest, _ word: String) {
    change { $0.add(id, size: 0, state: word, finished: true) }
  }

  /// `bytes` more of it were moved; negative where it starts again.
  public func advance(_ id: Digest, _ bytes: Int) {
    if style == .none { return }
    state.update { $0.board.advance(id, by: bytes, counted: true) }
  }

  /// `bytes` of it are there from an earlier run; they make no rate.
  public func skip(_ id: Digest, _ bytes: UInt64) {
    if style == .none { return }
    state.update { $0.board.advance(id, by: Int(clamping: bytes), counted: false) }
  }

  /// What is done with it now: `Downloading`.
  public func state(_ id: Digest, _ word: String) {
    change { $0.setState(id, word) }
  }

  /// Nothing more is to be done for it; `word` says why: `Pull complete`.
  public func finish(_ id: Digest, _ word: String) {
    change { $0.finish(id, word) }
  }

  /// A line that is a part of the progress: `Digest: …`, `Status: …`.
  public func note(_ line: String) {
    // Below the rows that it sums up; above them while they still move.
    if style == .bars, state.update({ $0.board.rows.allSatisfy(\.finished) }) { settleRows() }
    say("note", line)
  }

  /// Prints a line whatever the style, above the bars where there are any.
  public func print(_ line: String) {
    let queued = state.update { state -> Bool in
      guard state.ticker != nil, style == .bars else { return false }
      state.pending.append(line)
      return true
    }
    if !queued { output.writeIgnoringErrors(line + "\n") }
  }

  /// Writes what another program wrote, as it is, above the bars where there are any.
  ///
  /// Where nobody can be told about an error, there is nobody to tell.
  public func write(_ bytes: [UInt8]) {
    interrupted { try? output.write(bytes) }
  }

  /// Runs `body`, which writes to the same terminal by another way, with the bars out of its way.
  func interrupted<Problem: Error>(by body: () throws(Problem) -> Void) throws(Problem) {
    try screen.update { (screen) throws(Problem) in
      if style == .bars {
        let pending = state.update { state in
          defer { state.pending = [] }
          return state.pending
        }
        screen.show(ProgressBoard.Frame(settled: pending), output.screenSize)
      }
      try body()
    }
  }

  /// Shows how it ended and stops; safe to call again.
  public func close() {
    let ticker = state.update { state in
      state.closed = true
      defer { state.ticker = nil }
      return state.ticker
    }
    guard let ticker else { return }
    ticker.stop()
    defer { state.update { $0.terminal = nil } }
    if style == .json {
      let total = state.update { state in
        state.board.tick(at: Self.time())
        return state.board.totalEvent
      }
      output.writeIgnoringErrors(total.line)
    } else {
      draw(last: true)
    }
  }
}

extension ProgressDisplay {
  /// Nanoseconds of a clock that never goes back (clock_gettime(2)).
  static func time() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private func say(_ event: String, _ text: String) {
    let text = text.oneLine
    switch style {
    case .none: break
    case .json: output.writeIgnoringErrors(JSON.event(event, [("text", .string(text))]).line)
    case .plain, .bars: print(text)
    }
  }

  /// Changes the board, and prints the row that changed where each change is a line.
  private func change(_ edit: (inout ProgressBoard) -> ProgressBoard.Row?) {
    if style == .none { return }
    // Printed under the lock: lines of one blob must not overtake each other.
    state.update { state in
      let row = edit(&state.board)
      if state.ticker == nil, !state.closed { startTicker(&state) }
      guard let row else { return }
      switch style {
      case .plain: output.writeIgnoringErrors(row.plainLine + "\n")
      case .json: output.writeIgnoringErrors(row.event.line)
      case .bars, .none: break
      }
    }
  }

  /// The rows of an image that is done become lines like any other.
  private func settleRows() {
    if style == .none { return }
    let size = output.screenSize
    state.update { state in
      if style == .bars { state.pending += state.board.lastFrame(size) }
      state.board.clear()
    }
  }

  private func startTicker(_ state: inout State) {
    guard style == .bars || style == .json else { return }
    if style == .bars {
      do { state.terminal = try output.lockedTerminal() } catch {
        // Another command of the pipe draws: two would overwrite each other.
        state.closed = true
        return
      }
    }
    // Without a thread there is less to see, and nothing else is lost.
    state.ticker = try? Ticker(every: style == .bars ? 100 : 1000) { [weak self] in self?.tick() }
  }

  private func tick() {
    if style == .bars { return draw(last: false) }
    let lines = state.update { state in
      state.board.tick(at: Self.time())
      return state.board.events.map(\.line)
    }
    output.writeIgnoringErrors(lines.joined())
  }

  /// Draws the next frame; the lock on the numbers is free while the terminal takes it.
  private func draw(last: Bool) {
    screen.update { screen in
      let size = output.screenSize
      let frame = state.update { state in
        state.board.tick(at: Self.time())
        var frame =
          last
          ? ProgressBoard.Frame(settled: state.board.lastFrame(size)) : state.board.frame(size)
        frame.settled = state.pending + frame.settled
        state.pending = []
        return frame
      }
      screen.show(frame, size)
    }
  }
}

extension JSON {
  /// The document as a line.
  fileprivate var line: String { String(decoding: encoded(), as: UTF8.self) + "\n" }
}
