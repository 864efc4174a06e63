import System

/// The body of a request on its way from whoever reads the blob to the transport's thread.
final class Outflow: @unchecked Sendable {
  /// What there is to send.
  enum Next {
    case bytes(Int)
    /// Nothing now; `stir` is called when there is.
    case later
    /// Nothing any more: the request has to be broken off.
    case broken
  }

  private struct State {
    var chunks: [Chunk] = []
    /// How much of the first chunk was sent.
    var offset = 0
    var isBroken = false
    /// Whether nobody sends any more.
    var isClosed = false
  }

  /// The most chunks that wait: more would only be memory.
  private static let depth = 8

  private let budget: ChunkBudget
  private let stream: Int
  private let stir: @Sendable () -> Void
  private let state = Monitor(State())

  /// A body that takes its memory from `budget`.
  init(_ budget: ChunkBudget, stir: @escaping @Sendable () -> Void) {
    self.budget = budget
    self.stir = stir
    stream = budget.newStream()
    // With this it always gets its minimum: who waits for memory waits for its own chunks only.
    budget.want(stream)
  }

  deinit {
    for chunk in state.update({ $0.chunks }) { release(chunk) }
    budget.close(stream)
  }

  private func release(_ chunk: Chunk) {
    if budget.give(chunk, stream) { stir() }
  }
}

// The reader's side.
extension Outflow {
  /// Takes in `bytes` once there is memory for them; false where nobody sends any more.
  func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let isWritten = state.wait { state -> Bool? in
        if state.isClosed { return false }
        guard state.chunks.count < Self.depth, var chunk = budget.take(stream) else { return nil }
        chunk.count = min(rest.count, chunk.memory.count)
        chunk.memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<chunk.count]))
        rest = UnsafeRawBufferPointer(rebasing: rest[chunk.count...])
        state.chunks.append(chunk)
        return true
      }
      guard isWritten else { return false }
      stir()
    }
    return true
  }

  /// Has the request broken off: what would follow is not right.
  func abort() {
    state.update { $0.isBroken = true }
    stir()
  }
}

// The transport's side.
extension Outflow {
  /// Moves what is there into `space`.
  func read(into space: UnsafeMutableRawBufferPointer) -> Next {
    let (next, empty): (Next, Chunk?) = state.update { state in
      if state.isBroken { return (.broken, nil) }
      guard let chunk = state.chunks.first else { return (.later, nil) }
      let count = min(space.count, chunk.count - state.offset)
      space.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: chunk.bytes[state.offset..<state.offset + count]))
      state.offset += count
      guard state.offset == chunk.count else { return (.bytes(count), nil) }
      state.offset = 0
      state.chunks.removeFirst()
      return (.bytes(count), chunk)
    }
    if let empty {
      release(empty)
      // Whoever waits for memory looks again.
      state.update { _ in }
    }
    return next
  }

  /// Whether a paused request can go on.
  var isReady: Bool { state.update { !$0.chunks.isEmpty || $0.isBroken } }

  /// Says that the request is over.
  func close() { state.update { $0.isClosed = true } }
}
