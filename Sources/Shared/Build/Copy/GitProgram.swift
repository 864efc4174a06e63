import Glibc
import System

/// git(1), run so that nothing that a repository holds or a server says makes it run anything, or ask anybody.
///
/// What talks to servers has the user's own configuration: how they log in, their proxies and certificates. What
/// writes files has none, so that they are the same whoever builds.
final class GitProgram: Stoppable {
  private struct State {
    var child: ChildProcess?
    var isStopped = false
  }

  private let path: String
  private let environment: [String: String]
  private let scratch: String
  private let state = Monitor(State())

  /// The most bytes of an answer, and of what is said of an error.
  private static let answerLimit = 8 << 20

  /// Variables of git that are about connections; others, as those of a hook that builds, are about some repository.
  private static let kept: Set = [
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
    "GIT_SSL_NO_VERIFY", "GIT_PROXY_SSL_CAINFO", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
  ]

  /// Settings that go before those of any file.
  private static let settings = [
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false",
    "core.attributesFile=/dev/null",
    "core.symlinks=true", "protocol.ext.allow=never", "protocol.file.allow=never", "submodule.recurse=false",
    "gc.auto=0", "maintenance.auto=false", "advice.detachedHead=false", "init.defaultBranch=main",
    "http.lowSpeedLimit=1", "http.lowSpeedTime=60",
  ]

  /// The git along PATH; files without a name are in `scratch`.
  init(environment: [String: String], scratch: String) throws(Failure) {
    guard let path = Program.find("git", along: environment["PATH"] ?? "/usr/bin:/bin") else {
      throw Failure(.failed, "git", "not found along PATH: it fetches git repositories")
    }
    self.path = path
    self.scratch = scratch
    var own = environment.filter { !$0.key.hasPrefix("GIT_") || Self.kept.contains($0.key) }
    own["GIT_TERMINAL_PROMPT"] = "0"
    own["GIT_ALLOW_PROTOCOL"] = "http:https:git:ssh"
    own["GIT_LFS_SKIP_SMUDGE"] = "1"
    own["LC_ALL"] = "C"
    if own["GIT_SSH_COMMAND"] == nil, own["GIT_SSH"] == nil {
      own["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
    }
    self.environment = own
  }

  /// Ends it.
  func stop() {
    let child = state.update { state in
      state.isStopped = true
      return state.child
    }
    child?.send(SIGTERM)
  }

  /// Runs it; what it wrote.
  ///
  /// - Parameters:
  ///   - place: the repository.
  ///   - isAlone: without the user's configuration.
  ///   - address: whose failure it would be.
  /// - Throws: what it says is wrong.
  func run(
    _ arguments: [String], in place: String? = nil, isAlone: Bool = false, for address: GitAddress
  ) throws(Failure) -> [UInt8] {
    var environment = environment
    if isAlone {
      environment["GIT_CONFIG_NOSYSTEM"] = "1"
      environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
    }
    var words = Self.settings.flatMap { ["-c", $0] }
    if let place { words = ["-C", place] + words }
    // The modes of files are what the umask leaves, which is to be nobody's.
    let program = Program(
      "/bin/sh", ["-c", "umask 022 && exec \"$0\" \"$@\"", path] + words + arguments, environment: environment
    )
    let output: [UInt8]
    let end: ChildProcess.End?
    let errors: FileDescriptor
    do throws(Errno) {
      errors = try FileDescriptor.spool(in: scratch)
      (output, end) = try finish(program, errors)
    } catch { throw error.failure("git") }
    if state.update({ $0.isStopped }) { throw Failure(.failed, "", "stopped") }
    guard end == .exited(0) else { throw Self.failure(errors, address) }
    return output
  }

  private func finish(
    _ program: Program, _ errors: FileDescriptor
  ) throws(Errno) -> ([UInt8], ChildProcess.End?) {
    let (child, reading) = try start(program, errors)
    do throws(Errno) {
      let output = try reading.readToEnd(limit: Self.answerLimit)
      let end = try child.end()
      state.update { $0.child = nil }
      return (output, end)
    } catch {
      state.update { $0.child = nil }
      child.destroy()
      throw error
    }
  }

  /// The writing end of the pipe goes with this function.
  private func start(
    _ program: Program, _ errors: FileDescriptor
  ) throws(Errno) -> (ChildProcess, FileDescriptor) {
    let nothing = try FileDescriptor.open("/dev/null", O_RDONLY)
    let pipe = try FileDescriptor.pipe()
    let child = try program.start(input: nothing, output: pipe.write, errors: errors, diesWithParent: true)
    let isStopped = state.update { state in
      state.child = child
      return state.isStopped
    }
    if isStopped { child.send(SIGTERM) }
    return (child, pipe.read)
  }
}

extension GitProgram {
  /// What went wrong, as git says it, and what kind of failure that is.
  private static func failure(_ errors: FileDescriptor, _ address: GitAddress) -> Failure {
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = bytes.withUnsafeMutableBytes { (try? errors.read(into: $0, at: 0)) ?? 0 }
    let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
    let line =
      lines.last { $0.hasPrefix("fatal: ") } ?? lines.last { !$0.allSatisfy { $0 == " " } } ?? "failed"
    var problem = String(line)
    for prefix in ["fatal: ", "error: "] where problem.hasPrefix(prefix) { problem.removeFirst(prefix.count) }
    problem = problem.replacing(address.remote, with: address.shown)
    let all = lines.joined(separator: " ").lowercased()
    func says(_ words: String...) -> Bool { words.contains { all.contains($0) } }
    var kind = FailureKind.failed
    if says(
      "could not read username", "could not read password", "authentication failed", "permission denied")
    {
      kind = .denied
    } else if says(
      "could not resolve", "couldn't connect", "failed to connect", "connection refused", "timed out")
    {
      kind = .unreachable
    } else if says("not found", "does not exist") {
      kind = .notFound
    }
    return Failure(kind, address.shown, "git: \(problem)".oneLine)
  }
}
