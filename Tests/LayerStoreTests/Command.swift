import Glibc
import System
import Testing

/// A program under way.
struct Command {
  private let pid: pid_t
  private let output: FileDescriptor

  struct Outcome {
    /// The exit status, or 128 + the signal.
    let status: CInt
    /// Standard output and standard error.
    let text: String
    var lines: [Substring] { text.split(separator: "\n") }
  }

  init(_ words: [String]) throws {
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

  func kill(_ signal: CInt = SIGKILL) { Glibc.kill(pid, signal) }

  @discardableResult
  func wait() throws -> Outcome {
    var status: CInt = 0
    _ = try retrying { waitpid(pid, &status, 0) }
    let text = try text()
    let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return Outcome(status: code, text: text)
  }

  /// What it has said so far.
  func text() throws -> String {
    var bytes = [UInt8](repeating: 0, count: Int(try output.status().size))
    _ = try bytes.withUnsafeMutableBytes { try output.read(into: $0, at: 0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether it has not ended yet.
  var isRunning: Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0
      && information.si_signo == 0
  }

  @discardableResult
  static func run(_ words: String...) throws -> Outcome { try Command(words).wait() }

  /// The program of `Tests/layer-probe`, which lies beside that of the tests.
  static let probe: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      + "/layer-probe"
  }()

  private static func has(_ program: String) -> Bool {
    guard let path = getenv("PATH") else { return false }
    return String(cString: path).split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// Whether overlay file systems can be mounted by this process.
  static let canMount: Bool = {
    guard geteuid() == 0, let scratch = try? Scratch() else { return false }
    for name in ["a", "b", "m"] { mkdir(scratch.path(name), 0o755) }
    let options = "lowerdir=\(scratch.path("a")):\(scratch.path("b"))"
    guard (try? run("mount", "-t", "overlay", "x", "-o", options, scratch.path("m")))?.status == 0 else {
      return false
    }
    return (try? run("umount", scratch.path("m")))?.status == 0
  }()

  /// Whether a test that needs `program` can run; where it must (MUST_WORK=1), always.
  static func available(_ program: String) -> Bool {
    has(program) || getenv("MUST_WORK").map { String(cString: $0) } == "1"
  }
}
