import System

/// Gives one stream of bytes to several readers, each at its own pace, in bounded memory.
///
/// One thread writes; each reader has a thread of its own. A failure of any ends all.
final class PieceFan: @unchecked Sendable {
  // The memory of a piece is written by the writer alone before it is counted as written, and read by readers until
  // all have let go of it: the monitor orders both.

  private struct State {
    /// How many pieces are whole.
    var written = 0
    /// How many pieces each reader has taken, and is done with.
    var taken: [Int]
    var done: [Int]
    var isEnded = false
    var failure: Failure?
  }

  private static let pieceSize = 256 << 10
  private static let pieces = 12

  private let state: Monitor<State>
  private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: PieceFan.pieceSize * PieceFan.pieces, alignment: 4096)
  private var lengths = [Int](repeating: 0, count: PieceFan.pieces)
  /// The bytes in the piece that is being filled; nil where none is.
  private var filled: Int?

  /// A stream for so many readers.
  init(readers: Int) {
    state = Monitor(
      State(taken: Array(repeating: 0, count: readers), done: Array(repeating: 0, count: readers)))
  }

  deinit { memory.deallocate() }

  /// Ends all: whoever reads or writes from now on fails so, unless something failed before.
  func fail(_ failure: Failure) { state.update { $0.failure = $0.failure ?? failure } }

  /// What ended all.
  var failure: Failure? { state.update { $0.failure } }
}

extension PieceFan {
  /// Adds `bytes`; waits while the slowest reader is many pieces behind.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
      let turn = try slot()
      let start = filled ?? 0
      let count = min(rest.count, Self.pieceSize - start)
      UnsafeMutableRawBufferPointer(
        rebasing: memory[(turn * Self.pieceSize + start)..<(turn * Self.pieceSize + start + count)]
      ).copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      filled = start + count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if filled == Self.pieceSize { pass(turn) }
    }
  }

  /// Says that nothing follows.
  func end() throws(Failure) {
    if let filled, filled > 0 { pass(try slot()) }
    state.update { $0.isEnded = true }
  }

  /// The place of the piece that is being filled, once all readers have let go of it.
  private func slot() throws(Failure) -> Int {
    try state.wait { state throws(Failure) -> Int? in
      if let failure = state.failure { throw failure }
      let isFree = state.done.allSatisfy { state.written - $0 < Self.pieces }
      return isFree ? state.written % Self.pieces : nil
    }
  }

  private func pass(_ turn: Int) {
    lengths[turn] = filled ?? 0
    filled = nil
    state.update { $0.written += 1 }
  }
}

extension PieceFan {
  /// The next bytes for a reader, valid until it asks again; nil at the end.
  func next(_ reader: Int) throws(Failure) -> UnsafeRawBufferPointer? {
    // Not within the waiting, which wakes nobody before it ends.
    state.update { $0.done[reader] = $0.taken[reader] }
    let turn = try state.wait { state throws(Failure) -> Int?? in
      if let failure = state.failure { throw failure }
      if state.taken[reader] < state.written {
        state.taken[reader] += 1
        return .some((state.taken[reader] - 1) % Self.pieces)
      }
      return state.isEnded ? .some(nil) : nil
    }
    guard let turn else { return nil }
    return UnsafeRawBufferPointer(
      rebasing: memory[(turn * Self.pieceSize)..<(turn * Self.pieceSize + lengths[turn])])
  }
}
