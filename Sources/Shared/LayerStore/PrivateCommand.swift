import Glibc
import System

/// A command that is run where something is mounted that nobody else sees.
///
/// It has the caller's standard streams, working directory and environment. An ordinary user's command is root in the
/// user namespace, as with podman unshare: what it is run for (chroot, tar, looking at files of other owners) takes
/// that, and the namespace that would give the user's own number back would take it away.
public struct PrivateCommand: Sendable {
  private let command: [String]
  private let environment: [String: String]

  /// How it ended.
  public struct End: Sendable {
    /// As env(1) has it: the command's own status; 128 + N where signal N killed it; 126 where it can't be executed; 127
    /// where it isn't found.
    public let status: CInt
    /// Why it was not run; with 126 and 127.
    public let problem: Failure?
  }

  /// A command, found along the PATH of `environment` unless its name has a slash; not empty.
  public init(_ command: [String], environment: [String: String]) {
    precondition(!command.isEmpty)
    self.command = command
    self.environment = environment
  }

  /// Gives this thread mounts of its own, runs `mount` to mount something at `point`, and then the command.
  ///
  /// The command is killed when this process is. Signals that end processes and were sent to this one are passed on;
  /// those of the terminal reach the command by themselves.
  ///
  /// - Parameter mount: gets the point as it is among the new mounts.
  public func run(
    at point: MountPoint, _ mount: (MountPoint) throws(Failure) -> Void
  ) throws(Failure) -> End {
    do { try PrivateMounts.enter() } catch { throw error.failure("mount namespace") }
    try mount(try point.reopened())
    // The daemon of a FUSE file system lives in these mounts, too: they would keep each other.
    defer { try? MountedDirectory(point.path).detach() }
    let program: Program
    switch find() {
    case .success(let found): program = found
    case .failure(let problem): return End(status: problem.kind == .notFound ? 127 : 126, problem: problem)
    }
    let forwarding = SignalForwarding()
    defer { forwarding.end() }
    do throws(Errno) {
      let child = try program.start(signals: .inherited(mask: forwarding.before), diesWithParent: true)
      switch try forwarding.wait(for: child) {
      case .exited(let status): return End(status: status, problem: nil)
      case .killed(let signal): return End(status: 128 + signal, problem: nil)
      }
    } catch {
      return End(status: error.rawValue == ENOENT ? 127 : 126, problem: error.failure(command[0]))
    }
  }

  // Looked for after the mount, which may have it.
  private func find() -> Result<Program, Failure> {
    let name = command[0]
    var path = name
    if !name.contains("/") {
      let directories = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
      guard let found = Program.find(name, along: directories) else {
        return .failure(Failure(.notFound, name, "no such command"))
      }
      path = found
    }
    var program = Program(path, Array(command.dropFirst()), environment: environment)
    program.arguments[0] = name
    return .success(program)
  }
}
