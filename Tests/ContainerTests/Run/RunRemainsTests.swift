import Glibc
import System
import TestSupport
import Testing

/// What is left of containers; one after the other, since all is counted.
@Suite(.serialized) struct RunRemainsTests {
  let root: Rootfs
  init() throws { root = try Rootfs() }

  private func counts() throws -> (mounts: Int, groups: Int) {
    let mounts = try FileDescriptor.open("/proc/self/mountinfo", O_RDONLY).readToEnd(limit: 1 << 24)
    let groups = (try? FileDescriptor.open("/sys/fs/cgroup/pids", O_RDONLY | O_DIRECTORY).names()) ?? []
    return (mounts.count { $0 == 0x0a }, groups.count { $0.starts(with: "ctr-run-".utf8) })
  }

  @Test("200 runs leave nothing: no mount, group, process or descriptor")
  func leaks() throws {
    let before = try counts()
    let outcome = try root.run(["--overlay=trusted", "--pids=100", "--pids-default", "--times=200"], "true")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let after = try counts()
    #expect(after.mounts <= before.mounts + 2)
    #expect(after.groups == 0 || after.groups <= before.groups)
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
    #expect(try counts().groups == 0)
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
