import Glibc
import System
import TestSupport
import Testing

/// What is left of containers; one after the other, since all is counted.
@Suite(.serialized) struct RunRemainsTests {
  let root: Rootfs
  init() throws { root = try Rootfs() }

  /// The mounts below the root's directory that this process sees.
  private func mounts() throws -> Int {
    let table = try FileDescriptor.open("/proc/self/mountinfo", O_RDONLY).readToEnd(limit: 1 << 24)
    return String(decoding: table, as: UTF8.self).split(separator: "\n").count { $0.contains(root.path) }
  }

  /// Whether no control group is left that nobody locks; other tests have containers of their own, and one that is
  /// just being made is not locked for a moment.
  private func noGroupIsAbandoned() throws -> Bool {
    for _ in 0..<100 {
      let place = "/sys/fs/cgroup/pids"
      let names = (try? FileDescriptor.open(place, O_RDONLY | O_DIRECTORY).names()) ?? []
      let abandoned = names.filter { name in
        guard name.starts(with: "ctr-run-".utf8) else { return false }
        let path = "\(place)/\(String(decoding: name, as: UTF8.self))"
        guard let group = try? FileDescriptor.open(path, O_RDONLY | O_DIRECTORY) else { return false }
        return (try? group.lock(.shared, waiting: false)) != nil
      }
      if abandoned.isEmpty { return true }
      usleep(50_000)
    }
    return false
  }

  @Test("200 runs leave nothing: no mount, group, process or descriptor")
  func leaks() throws {
    let before = try mounts()
    let outcome = try root.run(["--overlay=trusted", "--pids=100", "--pids-default", "--times=200"], "true")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try mounts() == before)
    #expect(try noGroupIsAbandoned())
  }

  @Test("a limit of processes holds, and its group is gone afterwards; groups of the dead are swept")
  func limits() throws {
    guard
      access("/sys/fs/cgroup/pids/cgroup.procs", W_OK) == 0
        || access("/sys/fs/cgroup/cgroup.procs", W_OK) == 0
    else { return }
    let script = "i=0; while [ $i -lt 30 ]; do sleep 1 & i=$((i+1)); done; echo all"
    let outcome = try root.sh(script, ["--pids=20"])
    #expect(!outcome.text.contains("all") && outcome.errors.contains("fork"))
    let probe = try Probe(["--pids=20"], root.path, ["sh", "-c", "echo ready; sleep 100"])
    #expect(probe.wait(for: "ready"))
    probe.send(SIGKILL)
    try probe.wait()
    usleep(200_000)
    #expect(try root.run(["--pids=20"], "true").status == 0)
    #expect(try noGroupIsAbandoned())
  }

  @Test("a limit that can't be had is an error that says how to get it; a default one is none")
  func noLimits() throws {
    let asked = try root.run(["--rootless", "--overlay=user", "--pids=20"], "true", prefix: Probe.asNobody)
    #expect(asked.status == 125 && asked.errors.contains("cgroup"))
    let byDefault = try root.run(
      ["--rootless", "--overlay=user", "--pids=20", "--pids-default"], "true", prefix: Probe.asNobody)
    #expect(byDefault.status == 0 && byDefault.errors.hasPrefix("note: no limit of 20 processes"))
  }
}
