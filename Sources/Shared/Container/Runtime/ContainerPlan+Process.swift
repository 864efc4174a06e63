import CLinux
import Glibc
import System

extension ContainerPlan {
  /// Standard streams, limits, and who it is.
  func addProcess() {
    addInput()
    addOutputs()
    for limit in spec.resourceLimits {
      let data = [limit.soft, limit.hard].withUnsafeBytes { Array($0) }
      list.add(
        CLINUX_RLIMIT, "limit \(limit.resource)", "set it to \(limit.soft):\(limit.hard)",
        number: UInt64(limit.resource), data: data)
    }
    // Without no_new_privs a filter takes CAP_SYS_ADMIN, which goes with the identity.
    if !spec.noNewPrivileges { addFilter() }
    let (user, sets) = (spec.user, spec.capabilities)
    let identity = clinux_identity(
      uid: user.uid, gid: user.gid, umask: user.umask, group_count: UInt32(user.additionalGids.count),
      groups: list.values(user.additionalGids), bounding: sets.bounding.rawValue,
      effective: sets.effective.rawValue, permitted: sets.permitted.rawValue,
      inheritable: sets.inheritable.rawValue, ambient: sets.ambient.rawValue)
    let data = withUnsafeBytes(of: identity) { Array($0) }
    list.add(CLINUX_IDENTITY, "user \(user.uid):\(user.gid)", "become it", data: data)
    if spec.noNewPrivileges {
      list.add(CLINUX_NO_NEW_PRIVILEGES, "no_new_privs", "set it")
      addFilter()
    }
  }

  private func addInput() {
    if spec.hasTerminal {
      let devpts = prepared.last { if case .devpts = $0.mount.source { true } else { false } }
      list.add(
        CLINUX_TERMINAL, "terminal", "open it", mount: devpts?.place ?? .none, other: dev ?? .none,
        number: UInt64(spec.user.uid))
    } else if let input = spec.standardInput {
      addStream(0, "standard input", input)
    } else if let dev {
      // The container's own: what it does to the node's mode is not done to the host's.
      list.add(CLINUX_NULL_INPUT, "/dev/null", "open it", mount: dev)
    } else if let null = try? FileDescriptor.open("/dev/null", O_RDONLY) {
      list.add(CLINUX_STREAM, "/dev/null", "open it", number: list.keep(null))
    }
  }

  private func addOutputs() {
    guard !spec.hasTerminal else { return }
    if let output = spec.standardOutput { addStream(1, "standard output", output) }
    if let errors = spec.standardError { addStream(2, "standard error", errors) }
  }

  private func addStream(_ number: CInt, _ name: String, _ source: FileDescriptor) {
    var source = source
    if (0..<3).contains(source.number), source.number != number {
      // Its own place may be another's by then.
      let copy = fcntl(source.number, F_DUPFD_CLOEXEC, 3)
      if copy >= 0 { source = FileDescriptor(owning: copy) }
    }
    list.add(CLINUX_STREAM, name, "take it", flags: UInt64(number), number: list.keep(source))
  }

  private func addFilter() {
    guard let seccomp = spec.seccomp else { return }
    list.add(CLINUX_SECCOMP, "seccomp", "load the filter", data: seccomp)
  }

  /// What the stage is told (`clinux_launch.arguments`), without its third word.
  var stageArguments: [String] {
    ["ctr-init", spec.hasReaper ? "r" : "-", ""] + candidates + [""] + spec.args
  }

  /// The files that `args[0]` may mean, in order (execvp(3)).
  var candidates: [String] {
    let name = spec.args[0]
    guard !name.contains("/"), !name.isEmpty else { return [name.isEmpty ? "/" : name] }
    let path = spec.env.last { $0.hasPrefix("PATH=") }?.dropFirst("PATH=".count)
    let directories = (path ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
      .split(separator: ":", omittingEmptySubsequences: false)
    return directories.map { $0.isEmpty ? "./\(name)" : "\($0)/\(name)" }
  }
}
