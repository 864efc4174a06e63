import System

/// A body on its way from the transport's thread to whoever reads it.
final class Delivery: @unchecked Sendable {
  private struct State {
    var chunks: [Chunk] = []
    var isOpen = false
    var isCancelled = false
    var end: Result<Void, Failure>?
  }

  /// Its number in the budget; smaller ones were announced earlier.
  let stream: Int
  private let budget: ChunkBudget
  /// Called where the transport has to look after its transfers: memory came back, this one is wanted or cancelled.
  private let stir: @Sendable () -> Void
  private let state = Monitor(State())
  /// The chunk that is being filled; of the transport's thread.
  private var filling: Chunk?
  private var fillingSince = 0.0

  /// A body that takes its memory from `budget`.
  init(_ budget: ChunkBudget, stir: @escaping @Sendable () -> Void) {
    self.budget = budget
    self.stir = stir
    stream = budget.newStream()
  }

  deinit {
    if let filling { release(filling) }
    for chunk in state.update({ $0.chunks }) { release(chunk) }
    budget.close(stream)
  }

  private func release(_ chunk: Chunk) {
    if budget.give(chunk, stream) { stir() }
  }
}

// The transport's side.
extension Delivery {
  /// Takes in `bytes`, all or none; false where there is no memory for them now.
  func write(_ bytes: UnsafeRawBufferPointer, at now: @autoclosure () -> Double) -> Bool {
    if let current = filling, current.memory.count - current.count < bytes.count { flush() }
    if filling == nil {
      filling = budget.take(stream)
      guard filling != nil else { return false }
      fillingSince = now()
    }
    filling?.append(bytes)
    return true
  }

  /// Hands over what came so far.
  func flush() {
    guard let chunk = filling else { return }
    filling = nil
    let isCancelled = state.update { state in
      if !state.isCancelled { state.chunks.append(chunk) }
      return state.isCancelled
    }
    if isCancelled { release(chunk) }
  }

  /// Hands over what has been waiting for long, so that a slow body shows its progress.
  func flush(olderThan time: Double) {
    if filling != nil, fillingSince < time { flush() }
  }

  /// Says that the server has the body and sends it.
  func open() { state.update { $0.isOpen = true } }

  /// Says that nothing more comes.
  func finish(_ result: Result<Void, Failure>) {
    flush()
    state.update { state in
      if state.end == nil { state.end = result }
    }
  }

  /// Whether there is memory for more.
  var mayWrite: Bool { budget.mayTake(stream) }

  /// Whether nobody will read any more.
  var isCancelled: Bool { state.update { $0.isCancelled } }
}

// The reader's side.
extension Delivery {
  /// Gives this stream what it needs, before those that are fetched ahead.
  func want() {
    budget.want(stream)
    stir()
  }

  /// Waits until the server sends the body.
  func waitUntilOpen() throws(Failure) {
    try state.wait { (state) throws(Failure) -> Void? in
      if case .failure(let failure) = state.end, state.chunks.isEmpty { throw failure }
      return state.isOpen || state.end != nil ? .some(()) : nil
    }
  }

  /// The next bytes, to be given back by `release`; nil at the end.
  func next() throws(Failure) -> Chunk? {
    try state.wait { (state) throws(Failure) -> Chunk?? in
      if !state.chunks.isEmpty { return .some(state.chunks.removeFirst()) }
      return try state.end.map { (end) throws(Failure) -> Chunk? in
        try end.get()
        return nil
      }
    }
  }

  /// Gives back a chunk that `next` gave.
  func giveBack(_ chunk: Chunk) { release(chunk) }

  /// Ends the interest in what has not been read.
  func cancel() {
    let chunks = state.update { state in
      state.isCancelled = true
      let chunks = state.chunks
      state.chunks = []
      return chunks
    }
    for chunk in chunks { release(chunk) }
    stir()
  }
}

extension Chunk {
  fileprivate mutating func append(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
    count += bytes.count
  }
}
