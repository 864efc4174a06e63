import System

/// A few threads that run jobs; the first failure is remembered and ends the rest.
public final class WorkPool: Sendable {
  /// What is to be done.
  public typealias Job = @Sendable () -> Result<Void, Failure>

  private struct State {
    var waiting: [Job] = []
    var idle = 0
    var running = 0
    var threads: [Thread] = []
    var closed = false
    var failure: Failure?
  }

  private let state = Monitor(State())
  private let limit: Int

  /// A pool of at most `limit` threads, started as they are needed.
  public init(limit: Int) { self.limit = limit }

  deinit {
    state.update { $0.closed = true }
  }

  /// Has `job` run; nothing is begun any more after a failure.
  public func add(_ job: @escaping Job) throws(Failure) {
    let needsThread = try state.update { state throws(Failure) -> Bool in
      if let failure = state.failure { throw failure }
      state.waiting.append(job)
      return state.idle < state.waiting.count && state.threads.count < limit
    }
    guard needsThread else { return }
    let state = state
    do {
      let thread = try Thread { Self.work(state) }
      state.update { $0.threads.append(thread) }
    } catch { throw error.failure("thread") }
  }

  private static func work(_ state: Monitor<State>) {
    while true {
      state.update { $0.idle += 1 }
      let job = state.wait { state -> Job?? in
        if !state.waiting.isEmpty {
          state.running += 1
          return .some(state.waiting.removeFirst())
        }
        return state.closed ? .some(nil) : nil
      }
      state.update { $0.idle -= 1 }
      guard let job else { return }
      let result = job()
      state.update { state in
        state.running -= 1
        guard case .failure(let failure) = result else { return }
        if state.failure == nil { state.failure = failure }
        state.waiting = []
      }
    }
  }

  /// Waits until all jobs have ended, and ends the threads; throws the first failure, without waiting for what still runs.
  public func finish() throws(Failure) {
    let threads = try state.wait { state throws(Failure) -> [Thread]? in
      if let failure = state.failure { throw failure }
      guard state.waiting.isEmpty, state.running == 0 else { return nil }
      state.closed = true
      return state.threads
    }
    for thread in threads { thread.join() }
  }
}

/// What `body` makes of each of `items`, in order, several at once: as many as there are processors.
public func concurrently<Item: Sendable, Result: Sendable>(
  _ items: [Item], _ body: @escaping @Sendable (Item) throws(Failure) -> Result
) throws(Failure) -> [Result] {
  if items.count < 2 { return try items.map(body) }
  let results = Monitor([Result?](repeating: nil, count: items.count))
  let pool = WorkPool(limit: processorCount)
  for (index, item) in items.enumerated() {
    try pool.add {
      do throws(Failure) {
        let result = try body(item)
        results.update { $0[index] = result }
        return .success(())
      } catch { return .failure(error) }
    }
  }
  try pool.finish()
  return results.update { $0.compactMap { $0 } }
}
