import Image
import System

/// Hashes on a thread of its own, at most a few pieces behind the reader.
final class HashingThread {
  private struct State {
    var waiting: [UnsafeRawBufferPointer] = []
    var isHashing = false
    var closed = false
    var digest: Digest?

    /// Pieces handed over and not hashed yet, the one at work included.
    var pending: Int { waiting.count + (isHashing ? 1 : 0) }
  }

  private let state = Monitor(State())
  private let lag: Int
  private let thread: Thread

  /// A thread that holds on to at most `lag` pieces when `update` returns.
  ///
  /// So the bytes of one `update` have been let go once `lag` further ones have returned.
  init(_ algorithm: Digest.Algorithm, lag: Int) throws(Failure) {
    self.lag = lag
    let state = state
    do {
      thread = try Thread {
        var hasher = ContentHasher(algorithm)
        while let piece = state.wait(for: Self.take) { hasher.update(piece) }
        let digest = hasher.finish()
        state.update { $0.digest = digest }
      }
    } catch { throw error.failure("thread") }
  }

  deinit {
    stop()
    thread.join()
  }

  /// The next piece (inner nil: none will come); outer nil: wait.
  ///
  /// The one before it is done with.
  private static func take(_ state: inout State) -> UnsafeRawBufferPointer?? {
    state.isHashing = false
    if state.waiting.isEmpty { return state.closed ? .some(nil) : nil }
    state.isHashing = true
    return .some(state.waiting.removeFirst())
  }

  /// Takes in `bytes`; waits while too much is pending.
  func update(_ bytes: UnsafeRawBufferPointer) {
    state.wait { state -> Void? in
      guard state.pending < lag else { return nil }
      state.waiting.append(bytes)
      return .some(())
    }
  }

  /// Lets go of every piece; what was taken in is lost unless `finish()` came before.
  func stop() {
    state.update { state in
      state.closed = true
      state.waiting = []
    }
    state.wait { $0.pending == 0 ? () : nil }
  }

  /// The digest of all that was taken in.
  func finish() -> Digest {
    state.update { $0.closed = true }
    return state.wait { $0.digest }
  }
}
