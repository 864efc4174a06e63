import CLinux
import Glibc
import System

/// What the runner does while the command runs: passes on signals, and between two terminals.
struct Relay {
  private let container: RunningContainer
  private let signals: FileDescriptor
  private var stops: Int = 0
  private var deadline: Int64?
  private var copier: TerminalCopier?

  init(_ container: RunningContainer, _ signals: FileDescriptor) {
    self.container = container
    self.signals = signals
    if let terminal = container.terminal {
      copier = TerminalCopier(terminal, input: container.spec.standardInput)
    }
  }

  /// Until the first process has ended.
  mutating func run() throws(Failure) {
    defer { copier?.end() }
    while true {
      var polled = [
        pollfd(fd: container.process.number, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
      ]
      copier?.add(to: &polled)
      let count = poll(&polled, nfds_t(polled.count), timeout)
      if count < 0, errno != EINTR { throw Errno.current.failure("poll") }
      if count == 0, deadline != nil { kill() }
      if polled[1].revents != 0 { passSignals() }
      copier?.pass(Array(polled[2...]))
      if polled[0].revents != 0 {
        copier?.drain(signals: signals)
        return
      }
    }
  }

  // Milliseconds to the end of the stop timeout.
  private var timeout: CInt {
    guard let deadline else { return -1 }
    return CInt(clamping: max(0, deadline - Self.now()))
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  private mutating func kill() {
    deadline = nil
    _ = clinux_pidfd_kill(container.process.number, SIGKILL)
  }

  private mutating func passSignals() {
    while case let signal = clinux_next_signal(signals.number), signal > 0 { pass(signal) }
  }

  private mutating func pass(_ signal: CInt) {
    switch signal {
    // About this process's own children, pipes and sockets.
    case SIGCHLD, SIGPIPE, SIGURG, SIGIO: return
    case SIGWINCH:
      if let copier { return copier.resize() }
      send(signal)
    case SIGINT, SIGTERM:
      stops += 1
      if stops > 1 { return kill() }
      if signal == SIGTERM, let seconds = container.spec.stopTimeout {
        deadline = Self.now() + Int64(seconds) * 1000
      }
      send(signal == SIGTERM ? container.spec.stopSignal : signal)
    default: send(signal)
    }
  }

  private func send(_ signal: CInt) { _ = clinux_pidfd_kill(container.process.number, signal) }
}
