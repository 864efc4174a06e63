import CLinux
import Glibc

/// A process that this one started, and has to wait for.
public struct ChildProcess: Sendable {
  /// Its number.
  public let number: pid_t

  init(_ number: pid_t) { self.number = number }

  /// How a process ended.
  public enum End: Equatable, Sendable {
    /// By itself, with a status.
    case exited(CInt)
    /// By a signal.
    case killed(CInt)

    init(_ status: CInt) {
      // The macros of <sys/wait.h>: WTERMSIG, WEXITSTATUS.
      self = status & 0x7f != 0 ? .killed(status & 0x7f) : .exited(status >> 8 & 0xff)
    }
  }

  /// How it ended; nil where it still runs and `waiting` is false (waitpid(2)).
  ///
  /// - Throws: ECHILD where SIGCHLD is ignored.
  public func end(waiting: Bool = true) throws(Errno) -> End? {
    var status: CInt = 0
    let ended = try retrying { waitpid(number, &status, waiting ? 0 : WNOHANG) }
    return ended == number ? End(status) : nil
  }

  /// Sends it a signal (kill(2)); a process that has ended is fine.
  public func send(_ signal: CInt) { kill(number, signal) }

  /// Ends it, whatever it does.
  public func destroy() {
    send(SIGKILL)
    _ = try? end()
  }
}
