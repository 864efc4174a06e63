import Glibc
import System

/// Calls a closure at regular times, on a thread of its own, until stopped.
final class Ticker: Sendable {
  private let thread: Thread
  private let stopping: FileDescriptor

  /// Calls `body` every `milliseconds`.
  ///
  /// - Throws: where the process may have no more threads or descriptors.
  init(every milliseconds: CInt, _ body: @escaping @Sendable () -> Void) throws(Errno) {
    let waiting: FileDescriptor
    (waiting, stopping) = try FileDescriptor.pipe()
    thread = try Thread {
      // A byte in the pipe ends the wait at once.
      var poll = pollfd(fd: waiting.number, events: Int16(POLLIN), revents: 0)
      while true {
        let count = Glibc.poll(&poll, 1, milliseconds)
        if count > 0 || (count < 0 && errno != EINTR) { return }
        if count == 0 { body() }
      }
    }
  }

  /// Ends the thread and waits for it.
  func stop() {
    try? stopping.write([0])
    thread.join()
  }
}
