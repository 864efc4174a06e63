import Glibc
import System
import Testing

/// A terminal of the test's own, in whose place a person would sit.
private struct Terminal {
  let master: FileDescriptor
  let end: FileDescriptor

  init() throws {
    master = try FileDescriptor.open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (unlocked, number): (CInt, CInt) = (0, 0)
    // TIOCSPTLCK, TIOCGPTN
    guard ioctl(master.number, 0x4004_5431, &unlocked) == 0, ioctl(master.number, 0x8004_5430, &number) == 0
    else {
      throw Errno.current
    }
    end = try FileDescriptor.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    resize(rows: 41, columns: 99)
  }

  func resize(rows: UInt16, columns: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(end.number, UInt(TIOCSWINSZ), &size)
  }

  func type(_ text: String) throws { try master.write(Array(text.utf8)) }

  var echoes: Bool {
    var settings = termios()
    tcgetattr(end.number, &settings)
    return settings.c_lflag & tcflag_t(ECHO) != 0
  }
}

/// A terminal of the container, and the runner between two.
@Suite struct RunTerminalTests {
  let root: Rootfs
  init() throws { root = try Rootfs() }

  private func probe(_ script: String, _ options: [String] = ["--tty", "--stdin"], on terminal: Terminal)
    throws -> Probe
  {
    try Probe(options, root.path, ["sh", "-c", script], input: terminal.end)
  }

  @Test(
    "a command's terminal has the size of the runner's, follows it, and is its controlling one",
    arguments: [[], ["--init"]])
  func size(options: [String]) throws {
    let terminal = try Terminal()
    let script =
      "stty size; tty; echo x > /dev/tty; ls -l /dev/console | grep -c '136,'; trap 'stty size; exit 4' WINCH; echo ready; while :; do sleep 0.05; done"
    let probe = try probe(script, ["--tty", "--stdin"] + options, on: terminal)
    #expect(probe.wait(for: "ready"))
    #expect(!terminal.echoes)
    terminal.resize(rows: 12, columns: 34)
    probe.send(SIGWINCH)
    let outcome = try probe.wait()
    #expect(
      outcome.text == ["41 99", "/dev/pts/0", "x", "1", "ready", "12 34", ""].joined(separator: "\r\n"))
    #expect(outcome.status == 4)
    #expect(terminal.echoes)
  }

  @Test("what is typed arrives, ^C is the command's", arguments: [[], ["--init"]])
  func typing(options: [String]) throws {
    let terminal = try Terminal()
    let probe = try probe(
      "trap 'exit 130' INT; read word; echo got $word; while :; do sleep 0.05; done",
      ["--tty", "--stdin"] + options, on: terminal)
    try terminal.type("hello\r")
    #expect(probe.wait(for: "got hello"))
    try terminal.type("\u{3}")
    #expect(try probe.wait().status == 130)
    #expect(terminal.echoes)
  }

  @Test("the terminal is as it was, however the command ends", arguments: [SIGTERM, SIGHUP])
  func restored(signal: CInt) throws {
    let terminal = try Terminal()
    let probe = try probe("trap '' TERM HUP; echo ready; while :; do sleep 0.05; done", on: terminal)
    #expect(probe.wait(for: "ready"))
    #expect(!terminal.echoes)
    probe.send(signal)
    probe.send(SIGINT)
    probe.send(SIGTERM)
    probe.send(SIGINT)
    #expect(try probe.wait().status == 137)
    #expect(terminal.echoes)
    let failed = try Probe(["--tty", "--stdin"], root.path, ["nope"], input: terminal.end)
    #expect(try failed.wait().status == 127)
    #expect(terminal.echoes)
  }

  @Test("a pipe in the place of a terminal is no error")
  func pipe() throws {
    let (read, write) = try FileDescriptor.pipe()
    let probe = try Probe(
      ["--tty", "--stdin"], root.path, ["sh", "-c", "read a; read b || echo end; exit 3"], input: read)
    try write.write(Array("typed\n".utf8))
    #expect(probe.wait(for: "typed"))
    close(dup2(FileDescriptor.standardInput.number, write.number))
    let outcome = try probe.wait()
    #expect(outcome.text.contains("end"))
    #expect(outcome.status == 3)
  }

  @Test(
    "an inherited terminal is not the command's own: its session has none, so nothing can be typed into it (TIOCSTI)"
  )
  func inherited() throws {
    let terminal = try Terminal()
    let probe = try probe(
      "cut -d' ' -f6,7 /proc/self/stat; : < /dev/tty", ["--stdin"], on: terminal)
    let outcome = try probe.wait()
    // The session is its own, the terminal of that none.
    #expect(outcome.text == "1 0\n")
    #expect(outcome.errors.contains("/dev/tty"))
  }

  @Test("much that is shown arrives whole")
  func flood() throws {
    let terminal = try Terminal()
    let outcome = try probe(
      "i=0; while [ $i -lt 20000 ]; do echo 0123456789012345; i=$((i+1)); done", on: terminal
    ).wait()
    #expect(outcome.text.count { $0.isNewline } == 20000)
  }
}
