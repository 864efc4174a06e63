import CLinux
import Glibc
import System

/// Between the runner's terminal, or whatever its streams are, and the container's.
///
/// Nothing here waits: a reader who doesn't read holds up what is shown to them, not the signals.
struct TerminalCopier {
  private let terminal: FileDescriptor
  /// Its other end, held open: a command may close it, and open it again by /dev/tty.
  private let otherEnd: FileDescriptor?
  private var input: FileDescriptor?
  private var saved: termios?
  private var isOpen = true
  private var toContainer: [UInt8] = []
  private var toUser: [UInt8] = []

  init(_ terminal: FileDescriptor, input: FileDescriptor?) {
    self.terminal = terminal
    let other = clinux_terminal_end(terminal.number)
    otherEnd = other < 0 ? nil : FileDescriptor(owning: other)
    self.input = input
    let flags = fcntl(terminal.number, F_GETFL)
    _ = fcntl(terminal.number, F_SETFL, flags | O_NONBLOCK)
    resize()
    guard let input, input.isTerminal else { return }
    var settings = termios()
    guard tcgetattr(input.number, &settings) == 0 else { return }
    saved = settings
    cfmakeraw(&settings)
    // In the background this stops nobody: the signal it would raise is blocked.
    tcsetattr(input.number, TCSANOW, &settings)
  }

  /// The size of the window goes on to the container.
  func resize() {
    for source in [input?.number ?? 0, 1, 2] where clinux_copy_window(source, terminal.number) == 0 { return }
  }

  /// The terminal is as it was before.
  func end() {
    guard var saved, let input else { return }
    tcsetattr(input.number, TCSADRAIN, &saved)
  }

  /// What poll(2) is to wait for: input, the terminal, standard output.
  func add(to polled: inout [pollfd]) {
    let reads = input != nil && toContainer.isEmpty
    polled.append(pollfd(fd: reads ? input!.number : -1, events: Int16(POLLIN), revents: 0))
    var events: Int16 = toUser.isEmpty ? Int16(POLLIN) : 0
    if !toContainer.isEmpty { events |= Int16(POLLOUT) }
    polled.append(pollfd(fd: isOpen && events != 0 ? terminal.number : -1, events: events, revents: 0))
    polled.append(pollfd(fd: toUser.isEmpty ? -1 : 1, events: Int16(POLLOUT), revents: 0))
  }

  /// Passes on what `add` asked for.
  mutating func pass(_ polled: [pollfd]) {
    guard polled.count == 3 else { return }
    if polled[0].revents != 0 { readInput() }
    if polled[1].revents & Int16(POLLOUT) != 0 || polled[0].revents != 0 { writeInput() }
    if polled[1].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, toUser.isEmpty { readTerminal() }
    if polled[2].revents != 0 || !toUser.isEmpty { showOnce() }
  }

  private mutating func readInput() {
    guard let input else { return }
    let bytes = Self.read(input.number)
    if let bytes, !bytes.isEmpty {
      toContainer = bytes
    } else if bytes?.isEmpty ?? true {
      // The end of a pipe is the end of what is typed: ^D, as the terminal's settings have it.
      toContainer = [4]
      self.input = nil
    }
  }

  private mutating func writeInput() {
    guard !toContainer.isEmpty else { return }
    let count = toContainer.withUnsafeBytes { write(terminal.number, $0.baseAddress, $0.count) }
    if count > 0 { toContainer.removeFirst(count) }
    if count < 0, errno != EAGAIN, errno != EINTR { toContainer = [] }
  }

  private mutating func readTerminal() {
    switch Self.read(terminal.number) {
    case .some(let bytes) where !bytes.isEmpty: toUser = bytes
    case .some: isOpen = false
    // EIO: it was hung up, by the end of the command's session.
    case .none:
      if errno != EAGAIN, errno != EINTR { isOpen = false }
    }
  }

  private mutating func showOnce() {
    var one = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
    guard poll(&one, 1, 0) > 0 else { return }
    let count = toUser.withUnsafeBytes { write(1, $0.baseAddress, min($0.count, 4096)) }
    if count > 0 { toUser.removeFirst(count) }
    // Nobody reads any more: what is shown is lost, as with a closed window.
    if count < 0, errno != EAGAIN, errno != EINTR { toUser = [] }
  }

  /// What is still to be shown when the command has ended; given up at a signal that means the end.
  mutating func drain(signals: FileDescriptor) {
    while true {
      if toUser.isEmpty {
        guard isOpen, let bytes = Self.read(terminal.number), !bytes.isEmpty else { return }
        toUser = bytes
      }
      var polled = [
        pollfd(fd: 1, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&polled, 2, -1) < 0, errno != EINTR { return }
      if polled[1].revents != 0,
        [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(clinux_next_signal(signals.number))
      {
        return
      }
      if polled[0].revents != 0 { showOnce() }
    }
  }

  // Nil with errno; empty at the end.
  private static func read(_ number: CInt) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = bytes.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
    guard count >= 0 else { return nil }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
