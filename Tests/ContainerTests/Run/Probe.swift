import Glibc
import System
import TestSupport

/// A container run by `Tests/run-probe`, under way.
final class Probe {
  private(set) var pid: pid_t = 0
  private let output: FileDescriptor
  private let errors: FileDescriptor

  struct Outcome {
    /// The exit status, or 128 + the signal.
    let status: CInt
    /// Standard output.
    let text: String
    /// Standard error.
    let errors: String
    var lines: [String] { text.split(separator: "\n").map(String.init) }
  }

  static let program = Command.built("run-probe")

  /// What runs a program as nobody, who has nothing.
  static let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

  /// Starts it with `options` and `command`; `input` is what it reads.
  init(
    _ options: [String], _ root: String, _ command: [String], prefix: [String] = [],
    input: FileDescriptor? = nil
  ) throws {
    output = try FileDescriptor.spool(in: "/tmp")
    errors = try FileDescriptor.spool(in: "/tmp")
    let words = prefix + [Self.program] + options + [root, "--"] + command
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input.number, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output.number, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.number, 2)
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let status = posix_spawnp(&pid, words[0], &actions, nil, arguments, environ)
    guard status == 0 else { throw Errno(status) }
  }

  func send(_ signal: CInt) { kill(pid, signal) }

  /// What it has written so far.
  var shown: String { (try? Self.text(output)) ?? "" }

  /// Waits until `words` were written.
  func wait(for words: String) -> Bool {
    for _ in 0..<1000 {
      if shown.contains(words) { return true }
      usleep(10_000)
    }
    return false
  }

  @discardableResult
  func wait() throws -> Outcome {
    var status: CInt = 0
    _ = try retrying { waitpid(pid, &status, 0) }
    let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return Outcome(status: code, text: try Self.text(output), errors: try Self.text(errors))
  }

  private static func text(_ file: FileDescriptor) throws -> String {
    var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
    _ = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A root file system of busybox, with what a test adds to it.
final class Rootfs {
  let path: String
  /// A directory beside it, on the host.
  let host: String
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch(in: "/tmp")
    (path, host) = (scratch.path("root"), scratch.path("host"))
    for directory in ["", "/bin", "/etc", "/tmp"] { try FileDescriptor.makeDirectories(path + directory) }
    try FileDescriptor.makeDirectories(host)
    chmod(scratch.path, 0o755)
    try write(
      "bin/busybox", try FileDescriptor.open("/bin/busybox", O_RDONLY).readToEnd(limit: 64 << 20), 0o755)
    for name in [
      "sh", "true", "ls", "cat", "mount", "id", "env", "pwd", "sleep", "stat", "touch", "mkdir", "echo",
      "readlink",
      "ip", "head", "grep", "tty", "stty", "mknod", "hostname", "wc", "dd", "sort", "chmod", "ps", "umount",
      "cut",
    ] { try link("bin/" + name, "busybox") }
  }

  /// Makes a file in it.
  func write(_ name: String, _ bytes: [UInt8], _ mode: mode_t = 0o644) throws {
    unlink(path + "/" + name)
    try FileDescriptor.open(path + "/" + name, O_WRONLY | O_CREAT | O_EXCL, mode: mode).write(bytes)
    chmod(path + "/" + name, mode)
  }

  /// Makes a symbolic link in it, whatever was there.
  func link(_ name: String, _ target: String) throws {
    rmdir(path + "/" + name)
    unlink(path + "/" + name)
    guard symlink(target, path + "/" + name) == 0 else { throw Errno.current }
  }

  /// Runs a command in it.
  func run(_ options: [String] = [], _ command: String..., prefix: [String] = []) throws -> Probe.Outcome {
    try Probe(options, path, command, prefix: prefix).wait()
  }

  /// Runs a script in it.
  func sh(_ script: String, _ options: [String] = [], prefix: [String] = []) throws -> Probe.Outcome {
    try Probe(options, path, ["sh", "-c", script], prefix: prefix).wait()
  }
}
