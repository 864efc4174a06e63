import System

/// A piece of memory with bytes of a body in it.
struct Chunk: @unchecked Sendable {
  let memory: UnsafeMutableRawBufferPointer
  var count = 0

  /// What is in it.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
}

/// All the memory that bodies may take on their way, in chunks.
final class ChunkBudget: Sendable {
  private struct State {
    var ledger: BudgetLedger
    /// The chunk given back last is the one still in the cache.
    var free: [Chunk] = []
    var lastStream = 0
  }

  /// The size of a chunk, bytes; at least what libcurl hands over at once.
  let chunkSize: Int
  private let state: Monitor<State>

  /// A budget of `chunks` pieces of `chunkSize` bytes: 24 MiB where nothing else is said.
  init(chunks: Int = 48, chunkSize: Int = 512 << 10, readers: Int = 6, minimum: Int = 5) {
    precondition(chunkSize >= Self.smallestChunk)
    self.chunkSize = chunkSize
    state = Monitor(State(ledger: BudgetLedger(total: chunks, readers: readers, minimum: minimum)))
  }

  /// What libcurl hands over at once, at most (CURL_MAX_WRITE_SIZE).
  static let smallestChunk = 16 << 10

  deinit { state.update { for chunk in $0.free { chunk.memory.deallocate() } } }

  /// How many bytes can wait in streams that nobody reads yet.
  var ahead: UInt64 { state.update { UInt64($0.ledger.ahead) } * UInt64(chunkSize) }

  /// How many bytes are held, in whole chunks.
  var used: Int { state.update { $0.ledger.used } * chunkSize }

  /// A number for a new stream.
  func newStream() -> Int {
    state.update { state in
      state.lastStream += 1
      return state.lastStream
    }
  }

  /// An empty chunk for the stream; nil where it must wait until others gave back theirs.
  func take(_ stream: Int) -> Chunk? {
    let taken: Chunk?? = state.update { state in
      guard state.ledger.take(stream) else { return nil }
      return .some(state.free.popLast())
    }
    guard let taken else { return nil }
    return taken ?? Chunk(memory: .allocate(byteCount: chunkSize, alignment: 4096))
  }

  /// Takes back a chunk; true where some stream waits for one.
  func give(_ chunk: Chunk, _ stream: Int) -> Bool {
    state.update { state in
      state.ledger.give(stream)
      state.free.append(Chunk(memory: chunk.memory))
      return !state.ledger.refused.isEmpty
    }
  }

  /// Whether the stream would get a chunk now.
  func mayTake(_ stream: Int) -> Bool { state.update { $0.ledger.mayTake(stream) } }

  /// Somebody reads the stream from now on.
  func want(_ stream: Int) { state.update { $0.ledger.want(stream) } }

  /// The stream takes no more.
  func close(_ stream: Int) { state.update { $0.ledger.close(stream) } }
}
