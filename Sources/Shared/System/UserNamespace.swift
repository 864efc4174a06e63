import CLinux
import Glibc

/// The user namespace that an ordinary user's process works in (user_namespaces(7)).
public struct UserNamespace: Sendable {
  /// Which numbers it has.
  public let map: IdentityMap
  /// Why it has no numbers but the user's own, and the way out, for people; nil where it has more or needs none.
  public let shortcoming: String?

  /// Makes this process root of a user namespace, with a mount namespace from which nothing gets out, unless it is
  /// root already; with the user's subordinate ranges where newuidmap(1) and newgidmap(1) give them, else with the
  /// user's own number alone.
  ///
  /// Only for a process of one thread; its supplementary groups stay.
  ///
  /// - Parameter path: where programs are looked for, as PATH has it.
  /// - Throws: `denied`, saying which setting forbids user namespaces.
  public static func enter(programs path: String) throws(Failure) -> UserNamespace {
    let user = geteuid()
    if user == 0 { return UserNamespace(map: try currentMap(), shortcoming: nil) }
    let group = getegid()
    let map: IdentityMap?
    var shortcoming: String?
    (map, shortcoming) = plan(user: user, group: group, path: path)
    if let map {
      shortcoming = try enter(map, path: path)
      if shortcoming == nil { return UserNamespace(map: try currentMap(), shortcoming: nil) }
    }
    try enterAlone(user: user, group: group)
    return UserNamespace(map: try currentMap(), shortcoming: shortcoming)
  }

  /// Whether no process here may have supplementary groups of its choice: this one mapped itself, or one above did.
  public static var deniesGroups: Bool {
    (try? FileDescriptor.text(of: "/proc/self/setgroups"))?.hasPrefix("deny") ?? false
  }

  private static func currentMap() throws(Failure) -> IdentityMap {
    do { return try IdentityMap.current() } catch { throw error.failure("/proc/self/uid_map") }
  }

  // The map that could be had, or what is missing for it.
  private static func plan(user: uid_t, group: gid_t, path: String) -> (IdentityMap?, String?) {
    let ranges = SubordinateIDs(user: user, programs: path)
    for (file, ranges, option) in [
      ("/etc/subuid", ranges.users, "--add-subuids"), ("/etc/subgid", ranges.groups, "--add-subgids"),
    ] where ranges.isEmpty {
      return (
        nil, "\(file) has no range for user \(user); root gives one: usermod \(option) 100000-165535 USER"
      )
    }
    let map = IdentityMap(
      users: SubordinateIDs.runs(for: user, then: ranges.users),
      groups: SubordinateIDs.runs(for: group, then: ranges.groups))
    return (map, nil)
  }

  // A child goes ahead into the namespace and keeps it while the setuid programs, which must run outside, map it.
  // Why they don't; nil where this process is in there.
  private static func enter(_ map: IdentityMap, path: String) throws(Failure) -> String? {
    guard let mapUsers = Program.find("newuidmap", along: path),
      let mapGroups = Program.find("newgidmap", along: path)
    else { return "newuidmap and newgidmap are not installed (Debian: apt install uidmap)" }
    do throws(Errno) {
      let pipe = try FileDescriptor.pipe()
      let number = clinux_fork_in_user_namespace(pipe.read.number)
      guard number >= 0 else { throw Errno.current }
      let holder = ChildProcess(number)
      defer { holder.destroy() }
      for (program, runs) in [(mapUsers, map.users), (mapGroups, map.groups)] {
        if let refusal = refusal(of: program, process: number, runs) { return refusal }
      }
      let namespace = try FileDescriptor.open("/proc/\(number)/ns/user", O_RDONLY)
      // CLONE_NEWUSER
      _ = try retrying { clinux_setns(namespace.number, 0x1000_0000) }
      try PrivateMounts.enter()
      return nil
    } catch { throw unavailable(error) }
  }

  // What a setuid program says against the map; nil where it has written it.
  private static func refusal(of program: String, process: pid_t, _ runs: [IdentityMap.Run]) -> String? {
    let numbers = runs.flatMap { ["\($0.inside)", "\($0.outside)", "\($0.count)"] }
    do throws(Program.Problem) {
      let answer = try Program(program, ["\(process)"] + numbers, environment: [:])
        .answer(from: .errors, timeout: 30)
      if answer.end == .exited(0) { return nil }
      let text = String(decoding: answer.text, as: UTF8.self).split(separator: "\n").first.map(String.init)
      return "\(program): \((text ?? "failed without a word").oneLine)"
    } catch {
      switch error {
      case .system(let error): return "\(program): \(error)"
      case .tooSlow, .tooMuch: return "\(program): gave no answer"
      }
    }
  }

  // Just this user, who is root in there.
  private static func enterAlone(user: uid_t, group: gid_t) throws(Failure) {
    do throws(Errno) {
      // CLONE_NEWUSER
      _ = try retrying { clinux_unshare(0x1000_0000) }
      for (file, text) in [
        // Else the group can't be mapped: leaving a group could give access (user_namespaces(7)).
        ("setgroups", "deny"), ("uid_map", "0 \(user) 1"), ("gid_map", "0 \(group) 1"),
      ] {
        try FileDescriptor.open("/proc/self/\(file)", O_WRONLY).write(Array(text.utf8))
      }
      try PrivateMounts.enter()
    } catch { throw unavailable(error) }
  }

  // Which of the settings that forbid user namespaces it is.
  private static func unavailable(_ error: Errno) -> Failure {
    func setting(_ name: String) -> Int? {
      let text = try? FileDescriptor.text(of: "/proc/sys/\(name)")
      return text.flatMap { Int($0.filter { $0 != "\n" }) }
    }
    let blocking = [
      ("kernel/unprivileged_userns_clone", 0, 1), ("user/max_user_namespaces", 0, 10000),
      ("kernel/apparmor_restrict_unprivileged_userns", 1, 0),
    ].first { setting($0.0) == $0.1 }
    var failure = Failure(.denied, "user namespace", "\(error)")
    if let (name, value, wanted) = blocking {
      let key = String(name.map { $0 == "/" ? "." : $0 })
      failure.problem =
        "not allowed to users here: \(key) is \(value); root allows it: sysctl \(key)=\(wanted)"
    } else if error.rawValue == ENOSPC {
      failure.problem = "there are too many, or they are nested too deep"
    } else if error.rawValue == EINVAL {
      failure.problem = "this kernel has none"
    }
    failure.errno = error
    return failure
  }
}
