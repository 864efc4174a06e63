import Glibc

/// What has to be removed if a signal ends the process: files and directories that have a name already.
public enum Interruption {
  /// Runs `body`; if SIGINT, SIGTERM or SIGHUP comes meanwhile, runs `cleaning`, then the signal ends the process.
  ///
  /// To be called before other threads are started: they take over that these signals are blocked. Signals that are
  /// ignored stay so.
  ///
  /// - Parameter cleaning: run by another thread while `body` goes on; takes less than a second.
  public static func during<Result, Problem: Error>(
    cleaning: @escaping @Sendable () -> Void, _ body: () throws(Problem) -> Result
  ) throws(Problem) -> Result {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGHUP, SIGINT, SIGTERM] where isDefault(signal) { sigaddset(&signals, signal) }
    // Sent to the watcher alone, when there is nothing to watch for any more. Blocked before it starts: by default the
    // signal is ignored, and would be lost.
    let over = SIGURG
    var watched = signals
    sigaddset(&watched, over)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &watched, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let interrupted = Monitor(false)
    let watcher = try? Thread { [watched] in
      var watched = watched
      var signal: CInt = 0
      guard sigwait(&watched, &signal) == 0, signal != over else { return }
      interrupted.update { $0 = true }
      cleaning()
      pthread_sigmask(SIG_UNBLOCK, &watched, nil)
      kill(getpid(), signal)
    }
    defer {
      // What `body` fails with because its files are removed is not to be seen any more.
      if interrupted.update({ $0 }) { while true { pause() } }
      watcher?.signal(over)
      watcher?.join()
    }
    return try body()
  }

  private static func isDefault(_ signal: CInt) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return action.__sigaction_handler.sa_handler == nil
  }
}
