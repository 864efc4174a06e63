import CLinux
import Glibc
import System

/// A container: made, started, waited for, gone.
///
/// Whatever ends this process, kill -9 too, ends all in the container; so does the end of the thread that made it.
///
/// A process may have several at once, made by several threads; one of which signals are passed on is to be the only
/// one. Only `kill` may be called by other threads than that which made it.
public final class RunningContainer: @unchecked Sendable {
  /// The process number of the first process, as this process sees it.
  public let pid: pid_t
  /// What could not be had and was not asked for, a line each, for `-v`.
  public let notes: [String]
  /// The limits that the container reached, a line each; known when it has ended.
  public private(set) var reachedLimits: [String] = []

  let spec: ContainerSpec
  let process: FileDescriptor
  /// Signals to be passed on; nil where they are not.
  private(set) var signals: FileDescriptor?
  private let plan: ContainerPlan
  private let channel: FileDescriptor
  private let cgroup: Cgroup?
  private var before: sigset_t
  private var keeper: pid_t = -1
  private var status: CInt?
  private var isBlocking = true
  /// This process's end of its terminal.
  private(set) var terminal: FileDescriptor?

  /// Makes the namespaces and the first process, which waits for `start`.
  ///
  /// - Parameter passesSignals: whether all signals to this thread are blocked until the end of `wait`, which passes
  ///   them on; else they are its own.
  /// - Throws: `invalid` for texts with a zero in them; else what the kernel refuses, by its name in `spec`.
  public init(_ spec: ContainerSpec, passesSignals: Bool = true) throws(Failure) {
    try Self.check(spec)
    self.spec = spec
    var before = sigset_t()
    let signals = clinux_all_signals(&before)
    guard signals >= 0 else { throw Errno.current.failure("signals") }
    self.signals = FileDescriptor(owning: signals)
    self.before = before
    var cgroup: Cgroup?
    var process: FileDescriptor?
    do throws(Failure) {
      let mapping = try spec.needsMapping ? IdentityNamespace.open(spec.namespaces.user) : nil
      (cgroup, notes) = try Cgroup.make(spec.limits)
      plan = try ContainerPlan(spec, mapping: mapping, cgroup)
      (pid, self.process, channel) = try Self.clone(spec, plan, cgroup)
      process = self.process
      if let map = spec.namespaces.user { try IdentityNamespace.write(map, for: pid) }
      if let adjustment = spec.oomScoreAdjustment {
        try Self.write("\(adjustment)", to: "/proc/\(pid)/oom_score_adj")
      }
    } catch {
      if let process {
        _ = clinux_pidfd_kill(process.number, SIGKILL)
        _ = clinux_pidfd_wait(process.number)
      }
      cgroup?.remove()
      clinux_restore_signals(&before)
      throw error
    }
    self.cgroup = cgroup
    if !passesSignals { unblock() }
  }

  /// Ends all in it; a container that has ended is fine.
  public func kill() { _ = clinux_pidfd_kill(process.number, SIGKILL) }

  deinit {
    if status == nil {
      kill()
      _ = clinux_pidfd_wait(process.number)
    }
    if keeper > 0 { while waitpid(keeper, nil, 0) < 0, errno == EINTR {} }
    finish()
  }

  /// Lets the first process go: all is set up, and the command executed.
  ///
  /// - Returns: why the command could not be executed; nil where it runs.
  /// - Throws: what of the set-up failed.
  public func start() throws(Failure) -> CommandFault? {
    guard clinux_container_go(channel.number) == 0 else { throw Errno.current.failure("container") }
    // While the child works: it is guarded by its death signal until the command may change that.
    keeper = clinux_container_keeper(process.number)
    guard keeper > 0 else { throw Errno.current.failure("keeper process") }
    while true {
      var report = clinux_report()
      var master: CInt = -1
      let count = clinux_container_report(channel.number, &report, &master)
      guard count >= 0 else { throw Errno.current.failure("container") }
      if master >= 0 { terminal = FileDescriptor(owning: master) }
      if count == 0 { return nil }
      if report.operation < 0 { continue }
      status = clinux_pidfd_wait(process.number)
      let error = Errno(report.error)
      if let failure = plan.failure(of: Int(report.operation), error) { throw failure }
      return CommandFault(
        error, name: spec.args[0], candidates: plan.candidates, in: plan.root, cwd: spec.workingDirectory)
    }
  }

  /// Passes on signals and, with a terminal, all that is typed and shown, until the command ends.
  ///
  /// - Returns: its status, 128+N where signal N ended it.
  public func wait() throws(Failure) -> CInt {
    defer { finish() }
    if let status { return status }
    if let signals {
      var relay = Relay(self, signals)
      try relay.run()
    }
    let status = clinux_pidfd_wait(process.number)
    self.status = status < 0 ? 125 : status
    return self.status ?? 125
  }

  // Nothing of it is left; the keeper ends of itself, and nobody waits for that here.
  private func finish() {
    if isBlocking { reachedLimits = cgroup?.reached(spec.limits) ?? [] }
    cgroup?.remove()
    unblock()
  }

  private func unblock() {
    guard isBlocking else { return }
    isBlocking = false
    signals = nil
    clinux_restore_signals(&before)
  }

  private static func check(_ spec: ContainerSpec) throws(Failure) {
    guard let name = spec.args.first else { throw Failure(.invalid, "command", "there is none") }
    var texts = spec.args + spec.env + [spec.workingDirectory, spec.hostname ?? ""]
    texts += spec.mounts.map(\.target) + spec.maskedPaths + spec.readOnlyPaths + spec.files.map(\.path)
    texts += spec.mounts.map(\.subpath)
    if let text = texts.first(where: { $0.utf8.contains(0) }) {
      throw Failure(.invalid, text.oneLine, "has a zero byte in it")
    }
    if name.isEmpty { throw Failure(.invalid, "command", "its name is empty") }
    // From a directory of the host all of the host can be reached (as in CVE-2024-21626).
    let streams = [
      (spec.standardInput?.number ?? -1, "input"), (spec.standardOutput?.number ?? 1, "output"),
      (spec.standardError?.number ?? 2, "error"),
    ]
    for (number, stream) in streams {
      if (try? FileDescriptor(borrowing: number).status())?.kind == .directory {
        throw Failure(.invalid, "standard \(stream)", "is a directory of the host")
      }
    }
    for number in 0..<CInt(clamping: spec.preservedDescriptors) where fcntl(3 + number, F_GETFD) < 0 {
      throw Failure(.invalid, "descriptor \(3 + number)", "is to be passed on, but is not open")
    }
  }

  private static func write(_ text: String, to path: String) throws(Failure) {
    do throws(Errno) { try FileDescriptor.open(path, O_WRONLY).write(Array(text.utf8)) } catch {
      throw error.failure(path)
    }
  }
}

extension ContainerSpec {
  // Whether something is shifted into a user namespace.
  fileprivate var needsMapping: Bool {
    guard namespaces.user != nil else { return false }
    if case .overlay(let overlay) = root, overlay.isShifted { return true }
    return mounts.contains { mount in
      if case .overlay(let overlay) = mount.source { overlay.isShifted } else { mount.isShifted }
    }
  }
}
