import Glibc

/// Signals that would end this process, passed on to a child in its place.
///
/// They are blocked and waited for, so there is no handler; on other threads they must be blocked, too, or there must
/// be none.
public struct SignalForwarding: Sendable {
  /// The signals that were blocked before: those for the child.
  public let before: sigset_t
  private let signals: sigset_t

  /// From now on they wait; to be done before the child is started.
  public init() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2] {
      sigaddset(&signals, signal)
    }
    // Ignored, it would neither come nor leave a status behind.
    signal(SIGCHLD, SIG_DFL)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    self.signals = signals
    self.before = before
  }

  /// How the child ended.
  public func wait(for child: ChildProcess) throws(Errno) -> ChildProcess.End {
    var signals = signals
    while true {
      if let end = try child.end(waiting: false) { return end }
      var information = siginfo_t()
      let signal = try retrying { sigwaitinfo(&signals, &information) }
      // What the kernel sends (a terminal's keys, its end) it sends to all of the process group.
      if signal != SIGCHLD, information.si_code <= 0 { child.send(signal) }
    }
  }

  /// Signals have their effect on this process again; those that came meanwhile, none.
  public func end() {
    var (signals, before) = (signals, before)
    var moment = timespec()
    while sigtimedwait(&signals, nil, &moment) > 0 {}
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}
