import Glibc
import System

/// A terminal whose last lines are redrawn in place (ECMA-48: CUU, EL, ED).
///
/// The cursor is never hidden, and stands below the last line between frames: who kills the command finds the
/// terminal as it should be.
struct TerminalScreen {
  private let terminal: FileDescriptor
  /// The lines that the next frame replaces.
  private var live: [String] = []

  /// Draws on `terminal`.
  init(_ terminal: FileDescriptor) { self.terminal = terminal }

  /// Shows `frame` in place of the live lines of the one before, in one write(2).
  mutating func show(_ frame: ProgressBoard.Frame, _ size: ScreenSize) {
    guard !frame.settled.isEmpty || frame.live != live else { return }
    // A terminal that became narrower has wrapped the lines it had.
    let up = live.reduce(0) { $0 + max(1, ($1.count + size.columns - 1) / max(1, size.columns)) }
    var text = up > 0 ? "\u{1B}[\(min(up, size.rows))A\r" : ""
    for line in frame.settled + frame.live { text += line + "\u{1B}[K\n" }
    text += "\u{1B}[J"
    live = frame.live
    terminal.writeIgnoringErrors(text)
  }
}

extension FileDescriptor {
  /// The size now: asked anew for each frame, which makes SIGWINCH needless (ioctl_tty(2), TIOCGWINSZ).
  var screenSize: ScreenSize {
    var window = winsize()
    guard ioctl(number, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
      return .standard
    }
    return ScreenSize(columns: Int(window.ws_col), rows: Int(window.ws_row))
  }

  /// The terminal, opened anew and locked for who draws on it; nil where it can't be, so that nobody is kept out.
  ///
  /// - Throws: EWOULDBLOCK where another process holds the lock (flock(2)).
  func lockedTerminal() throws(Errno) -> FileDescriptor? {
    guard let terminal = try? FileDescriptor.open("/proc/self/fd/\(number)", O_WRONLY | O_NOCTTY) else {
      return nil
    }
    do { try terminal.lock(.exclusive, waiting: false) } catch {
      if error.rawValue == EWOULDBLOCK { throw error }
    }
    return terminal
  }

  /// Writes `text`; where nobody can be told about an error, there is nobody to tell.
  func writeIgnoringErrors(_ text: String) { try? write(Array(text.utf8)) }
}
