import Glibc
import System

/// The loop and its thread, which end with the last reference, or before the process does.
final class Transport: Sendable {
  private struct Work {
    let loop: TransportLoop
    let thread: Thread
  }

  /// The loop.
  let loop: TransportLoop
  /// Loops with threads that nobody has joined; who takes one out joins it.
  private static let working = Monitor([ObjectIdentifier: Work]())

  /// Starts the thread.
  init() throws(Failure) {
    let loop = try TransportLoop()
    self.loop = loop
    do {
      let thread = try Thread { loop.run() }
      Self.working.update { $0[ObjectIdentifier(loop)] = Work(loop: loop, thread: thread) }
    } catch { throw error.failure("thread") }
  }

  deinit {
    loop.stop()
    Self.working.update { [loop] in $0.removeValue(forKey: ObjectIdentifier(loop)) }?.thread.join()
  }

  /// Whether exit(3) will end the threads before it runs what the TLS library registered, which pulls the ground
  /// from under transfers at work; so this comes after the library's own initialization.
  static let endsAtExit: Bool = {
    atexit {
      let all = working.update { working in
        defer { working = [:] }
        return working.values
      }
      for work in all { work.loop.stop() }
      for work in all {
        // A credential helper may keep the thread busy for longer than anybody waits.
        for _ in 0..<5000 where !work.loop.hasEnded { usleep(100) }
        if work.loop.hasEnded { work.thread.join() }
      }
    } == 0
  }()
}
