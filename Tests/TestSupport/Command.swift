import Glibc
import System

/// A program under way, which finds no signal blocked or ignored.
public struct Command: Sendable {
  private let pid: pid_t
  private let output: FileDescriptor

  /// How it ended and what it said.
  public struct Outcome: Sendable {
    /// The exit status, or 128 + the signal.
    public let status: CInt
    /// Standard output and standard error.
    public let text: String
    /// What it said, line by line.
    public var lines: [Substring] { text.split(separator: "\n") }
  }

  /// Starts `words`, of which the first is looked for along PATH.
  public init(_ words: [String]) throws {
    output = try FileDescriptor.spool(in: "/tmp")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.number, 1)
    posix_spawn_file_actions_adddup2(&actions, output.number, 2)
    // The threads that run tests block signals, which a program would inherit.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let status = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, environ)
    guard status == 0 else { throw Errno(status) }
    self.pid = pid
  }

  /// Sends it a signal.
  public func kill(_ signal: CInt = SIGKILL) { Glibc.kill(pid, signal) }

  /// Asks it to end, and waits until it did.
  public func stop() {
    kill(SIGTERM)
    _ = try? wait()
  }

  /// Waits for its end.
  @discardableResult
  public func wait() throws -> Outcome {
    var status: CInt = 0
    _ = try retrying { waitpid(pid, &status, 0) }
    let text = try text()
    let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return Outcome(status: code, text: text)
  }

  /// What it has said so far.
  public func text() throws -> String {
    var bytes = [UInt8](repeating: 0, count: Int(try output.status().size))
    _ = try bytes.withUnsafeMutableBytes { try output.read(into: $0, at: 0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether it has not ended yet.
  public var isRunning: Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0
      && information.si_signo == 0
  }

  /// Runs `words` to their end.
  @discardableResult
  public static func run(_ words: String...) throws -> Outcome { try Command(words).wait() }

  /// The program of `Tests/NAME`, which lies beside that of the tests.
  public static func built(_ name: String) -> String {
    let tests = try? FileDescriptor(borrowing: AT_FDCWD).target(of: FileName("/proc/self/exe")).description
    return (tests ?? "").split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/") + "/" + name
  }

  static func has(_ program: String) -> Bool {
    getenv("PATH").flatMap { Program.find(program, along: String(cString: $0)) } != nil
  }
}
