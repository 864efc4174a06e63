import CCurl
import Glibc
import System

/// Moves all transfers, by libcurl's multi interface, on one thread: everything but `perform` and `stir` is called there.
final class TransportLoop: @unchecked Sendable {
  private struct Inbox {
    var jobs: [@Sendable () -> Void] = []
    var isStirred = false
    var isStopped = false
    var hasEnded = false
  }

  private struct Timer {
    let due: Double
    let job: () -> Void
  }

  private let inbox = Monitor(Inbox())
  private let multi: OpaquePointer
  private var running: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
  private var timers: [Timer] = []

  /// How long bytes of a slow body wait for more before they are handed over, seconds.
  private static let flushInterval = 0.2
  private static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// A loop that `run` starts.
  init() throws(Failure) {
    guard Self.isInitialized, Transport.endsAtExit, let multi = curl_multi_init() else {
      throw Failure(.failed, "libcurl", "cannot be initialized")
    }
    self.multi = OpaquePointer(multi)
  }

  deinit { curl_multi_cleanup(UnsafeMutableRawPointer(multi)) }

  private var handle: UnsafeMutableRawPointer { UnsafeMutableRawPointer(multi) }

  /// Seconds of the clock that never goes back (CLOCK_MONOTONIC).
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Runs `job` on the loop's thread.
  func perform(_ job: @escaping @Sendable () -> Void) {
    inbox.update { $0.jobs.append(job) }
    curl_multi_wakeup(handle)
  }

  /// Looks after paused and cancelled transfers, soon.
  func stir() {
    let isNew = inbox.update { inbox in
      defer { inbox.isStirred = true }
      return !inbox.isStirred
    }
    if isNew { curl_multi_wakeup(handle) }
  }

  /// Ends `run`; what is under way is dropped.
  func stop() {
    inbox.update { $0.isStopped = true }
    curl_multi_wakeup(handle)
  }

  /// Works until it is stopped.
  func run() {
    // The handlers of a command belong on its own thread; a broken TLS connection must not end the process.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    while true {
      let (jobs, isStirred, isStopped) = inbox.update { inbox in
        defer {
          inbox.jobs = []
          inbox.isStirred = false
        }
        return (inbox.jobs, inbox.isStirred, inbox.isStopped)
      }
      if isStopped { break }
      for job in jobs { job() }
      if isStirred { attend() }
      runTimers()
      var active: CInt = 0
      curl_multi_perform(handle, &active)
      collectFinished()
      flushSlow()
      curl_multi_poll(handle, nil, 0, timeout, nil)
    }
    for pointer in running.keys { curl_multi_remove_handle(handle, pointer) }
    running = [:]
    timers = []
    inbox.update { $0.hasEnded = true }
  }

  /// Whether `run` has come to its end.
  var hasEnded: Bool { inbox.update { $0.hasEnded } }

  private var timeout: CInt {
    let longest = running.isEmpty ? 10 : Self.flushInterval
    guard let due = timers.map(\.due).min() else { return CInt(longest * 1000) }
    return CInt(max(0, min(longest, due - Self.now)) * 1000) + 1
  }
}

extension TransportLoop {
  /// Starts a transfer that has been prepared.
  func start(_ transfer: HTTPTransfer) {
    running[transfer.easy.pointer] = transfer
    curl_multi_add_handle(handle, transfer.easy.pointer)
  }

  /// Ends a transfer without a report.
  func drop(_ transfer: HTTPTransfer) {
    guard running.removeValue(forKey: transfer.easy.pointer) != nil else { return }
    curl_multi_remove_handle(handle, transfer.easy.pointer)
  }

  /// Runs `job` when `seconds` have passed.
  func after(_ seconds: Double, _ job: @escaping () -> Void) {
    timers.append(Timer(due: Self.now + seconds, job: job))
  }

  private func runTimers() {
    guard !timers.isEmpty else { return }
    let now = Self.now
    let due = timers.filter { $0.due <= now }
    timers.removeAll { $0.due <= now }
    for timer in due { timer.job() }
  }

  private func collectFinished() {
    var code = CURLE_OK
    while let pointer = ccurl_finished(handle, &code) {
      guard let transfer = running.removeValue(forKey: pointer) else { continue }
      curl_multi_remove_handle(handle, pointer)
      transfer.finish(code)
    }
  }

  /// Lets paused transfers go on where there is memory for them, earlier ones first; ends cancelled ones.
  private func attend() {
    let transfers = running.values.sorted { ($0.delivery?.stream ?? 0) < ($1.delivery?.stream ?? 0) }
    for transfer in transfers {
      if let outflow = transfer.outflow, transfer.isPaused, outflow.isReady { transfer.resume() }
      guard let delivery = transfer.delivery else { continue }
      if delivery.isCancelled {
        drop(transfer)
        transfer.finish(CURLE_ABORTED_BY_CALLBACK)
      } else if transfer.isPaused, delivery.mayWrite {
        transfer.resume()
      }
    }
  }

  private func flushSlow() {
    guard !running.isEmpty else { return }
    let limit = Self.now - Self.flushInterval
    for transfer in running.values { transfer.delivery?.flush(olderThan: limit) }
  }
}
