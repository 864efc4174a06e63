import Image
import System
import Transfer
import Verification

/// The plain tar of a layer, read, decompressed and hashed on a thread of its own while what came before is unpacked.
final class LayerFeed {
  private struct State {
    var waiting: [UnsafeRawBufferPointer] = []
    /// Whether the consumer is at work on a piece.
    var isLent = false
    var end: Result<DiffID, Failure>?
    var stopped = false

    var outstanding: Int { waiting.count + (isLent ? 1 : 0) }
  }

  private let state = Monitor(State())
  private let thread: Thread

  /// Reads `layer` of `source`, whose plain tar will be hashed as `diffID` was.
  ///
  /// - Parameter advanced: told, on the other thread, how many stored bytes were read.
  init(
    _ layer: Descriptor, of source: any ImageSource, like diffID: DiffID,
    advanced: @escaping @Sendable (Int) -> Void
  ) throws(Failure) {
    let state = state
    let algorithm = diffID.digest.algorithm
    do {
      thread = try Thread {
        let end = Self.read(layer, of: source, advanced, algorithm, to: state)
        state.update { $0.end = end }
      }
    } catch { throw error.failure("thread") }
  }

  deinit {
    state.update { $0.stopped = true }
    thread.join()
  }

  private static func read(
    _ layer: Descriptor, of source: any ImageSource, _ advanced: @escaping (Int) -> Void,
    _ algorithm: Digest.Algorithm, to state: Monitor<State>
  ) -> Result<DiffID, Failure> {
    do throws(Failure) {
      let plain = try PlainLayer(layer, in: source, advanced: advanced)
      let result: Result<DiffID, Failure>
      do throws(Failure) {
        result = .success(try pass(plain, algorithm, to: state))
      } catch {
        state.update { $0.waiting = [] }
        result = .failure(error)
      }
      // The pieces are the reader's: it stays until nobody is at work on one.
      state.wait { $0.stopped || $0.outstanding == 0 ? () : nil }
      return result
    } catch { return .failure(error) }
  }

  /// Hands pieces over for as long as they stay where they are, and hashes each while it is unpacked.
  private static func pass(
    _ plain: PlainLayer, _ algorithm: Digest.Algorithm, to state: Monitor<State>
  ) throws(Failure) -> DiffID {
    var hasher = ContentHasher(algorithm)
    while let piece = try plain.next() {
      state.update { $0.waiting.append(piece) }
      hasher.update(piece)
      let goesOn = state.wait { $0.stopped ? false : $0.outstanding <= plain.retainedCalls ? true : nil }
      guard goesOn else { break }
    }
    return DiffID(hasher.finish())
  }

  /// The next bytes, valid until the next call; nil at the end, once all that was stored is verified.
  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    // Not within the waiting, which wakes nobody before it ends.
    state.update { $0.isLent = false }
    return try state.wait { state throws(Failure) -> UnsafeRawBufferPointer?? in
      if !state.waiting.isEmpty {
        state.isLent = true
        return .some(state.waiting.removeFirst())
      }
      switch state.end {
      case .success: return .some(nil)
      case .failure(let failure): throw failure
      case nil: return nil
      }
    }
  }

  /// The digest of the plain tar, once `next()` has given nil.
  var diffID: DiffID? {
    state.update { state in
      if case .success(let diffID) = state.end { diffID } else { nil }
    }
  }
}
