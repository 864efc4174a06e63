import Testing

@testable import Container

/// What limits become in the files of control groups.
@Suite struct RunCgroupTests {
  @Test("limits are written in the words of each version")
  func settings() {
    var limits = CgroupLimits()
    #expect(CgroupSetting.settings(limits).isEmpty)
    limits.memory = 1000
    limits.memoryAndSwap = 3000
    limits.cpuQuota = 50_000
    limits.cpuset = "0-1"
    limits.pids = 20
    limits.blkioWeight = 500
    var old: [String] = []
    var unified: [String] = []
    for (_, files) in CgroupSetting.settings(limits) {
      old += files.old.map { "\($0.file)=\($0.value)" }
      unified += files.unified.map { "\($0.file)=\($0.value)" }
    }
    #expect(
      old == [
        "memory.limit_in_bytes=1000", "memory.memsw.limit_in_bytes=3000", "cpu.cfs_period_us=100000",
        "cpu.cfs_quota_us=50000", "cpuset.mems=", "cpuset.cpus=0-1", "pids.max=20", "blkio.weight=500",
      ])
    #expect(
      unified == [
        "memory.max=1000", "memory.swap.max=2000", "cpu.max=50000 100000", "cpuset.cpus=0-1", "pids.max=20",
        "io.weight=4950",
      ])
  }

  @Test("what the kernel has under another name is written there")
  func others() {
    var limits = CgroupLimits()
    limits.blkioWeight = 500
    let files = CgroupSetting.settings(limits)[0].1
    #expect(files.old[0].others == [CgroupSetting("blkio.bfq.weight", "500")])
    #expect(files.unified[0].others == [CgroupSetting("io.bfq.weight", "500")])
  }

  @Test(
    "without a limit is said so, and no number overflows",
    arguments: [(UInt64.max, UInt64.max, "max", "max"), (0, .max, "0", "max"), (9, 3, "9", "0")])
  func extremes(memory: UInt64, both: UInt64, first: String, second: String) {
    var limits = CgroupLimits()
    (limits.memory, limits.memoryAndSwap) = (memory, both)
    let unified = CgroupSetting.settings(limits).flatMap { $0.1.unified.map(\.value) }
    #expect(unified == [first, second])
  }
}
