import CLinux
import Glibc
import System

/// A container's control groups: a directory in each hierarchy that has a controller that is needed.
///
/// Each is locked (flock(2) on the directory) as long as this lives: one that is not locked is of a dead run, and
/// removed by the next.
final class Cgroup {
  private(set) var directories: [CgroupDirectory] = []

  /// The group in the hierarchy of version 2, where the first process begins.
  var unified: FileDescriptor? { directories.first { $0.isUnified }?.descriptor }

  /// A group with these limits; nil where none is asked for, or, with a note, only a default that can't be had.
  static func make(_ limits: CgroupLimits) throws(Failure) -> (Cgroup?, notes: [String]) {
    guard limits != CgroupLimits() else { return (nil, []) }
    do throws(Failure) { return (try Cgroup(limits), []) } catch {
      var asked = limits
      if asked.isPidsDefault { (asked.pids, asked.isPidsDefault) = (nil, false) }
      guard asked == CgroupLimits() else { throw error }
      return (nil, ["no limit of \(limits.pids ?? 0) processes: \(error.subject): \(error.problem)"])
    }
  }

  private init(_ limits: CgroupLimits) throws(Failure) {
    let hierarchies = CgroupHierarchy.own
    let unified = hierarchies.first { $0.isUnified }
    var groups: [(hierarchy: CgroupHierarchy, controllers: [String], settings: [CgroupSetting])] = []
    for (controller, files) in CgroupSetting.settings(limits) {
      let old = hierarchies.first { $0.controllers.contains(controller) }
      guard let hierarchy = old ?? unified else {
        throw Failure(.failed, "cgroup", "the kernel has no controller \(controller)")
      }
      let settings = old == nil ? files.unified : files.old
      if let index = groups.firstIndex(where: { $0.hierarchy == hierarchy }) {
        groups[index].controllers.append(controller)
        groups[index].settings += settings
      } else {
        groups.append((hierarchy, [controller], settings))
      }
    }
    do throws(Failure) {
      for group in groups {
        let directory = try CgroupDirectory.make(in: group.hierarchy, for: group.controllers)
        directories.append(directory)
        for setting in group.settings { try directory.set(setting) }
      }
    } catch {
      remove()
      throw error
    }
  }

  /// The groups of version 1, into which the first process puts itself; into that of version 2 it is cloned.
  var joined: [CgroupDirectory] { directories.filter { !$0.isUnified } }

  /// The limits that were reached, in words for people.
  func reached(_ limits: CgroupLimits) -> [String] {
    var lines: [String] = []
    if let memory = limits.memory, count("oom_kill", in: ["memory.events", "memory.oom_control"]) > 0 {
      lines.append("--memory: the kernel ended processes that wanted more than \(memory) bytes")
    }
    if let pids = limits.pids, count("max", in: ["pids.events"]) > 0 {
      lines.append("--pids-limit: no more than \(pids) processes and threads were let be")
    }
    return lines
  }

  // The number behind `word` in the first of `files` that there is.
  private func count(_ word: String, in files: [String]) -> Int {
    for directory in directories {
      for file in files {
        guard let bytes = try? directory.descriptor.open(file, O_RDONLY).readToEnd(limit: 1 << 16) else {
          continue
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
          $0.split(separator: " ")
        }
        return lines.first { $0.count == 2 && $0[0] == word }.flatMap { Int($0[1]) } ?? 0
      }
    }
    return 0
  }

  /// Removes the groups, and whatever still runs in them.
  func remove() {
    directories.forEach { $0.remove() }
    directories = []
  }
}

/// A file of a group and what is written to it.
struct CgroupSetting: Equatable {
  let file: String
  let value: String
  /// What takes its place where the kernel has no such file.
  let others: [CgroupSetting]

  init(_ file: String, _ value: String, else others: CgroupSetting...) {
    self.file = file
    self.value = value
    self.others = others
  }

  /// For each controller that `limits` needs: what is written in version 1, and in version 2.
  static func settings(
    _ limits: CgroupLimits
  ) -> [(controller: String, (old: [CgroupSetting], unified: [CgroupSetting]))] {
    var all: [(controller: String, (old: [CgroupSetting], unified: [CgroupSetting]))] = []
    if limits.memory != nil || limits.memoryAndSwap != nil { all.append(("memory", memory(limits))) }
    if let quota = limits.cpuQuota {
      all.append(
        (
          "cpu",
          (
            [
              CgroupSetting("cpu.cfs_period_us", "\(limits.cpuPeriod)"),
              CgroupSetting("cpu.cfs_quota_us", "\(quota)"),
            ], [CgroupSetting("cpu.max", "\(quota) \(limits.cpuPeriod)")]
          )
        ))
    }
    if let cpus = limits.cpuset {
      // In version 1 nothing can run in a group before it has memory nodes, too: those above it.
      all.append(
        (
          "cpuset",
          (
            [CgroupSetting("cpuset.mems", ""), CgroupSetting("cpuset.cpus", cpus)],
            [CgroupSetting("cpuset.cpus", cpus)]
          )
        ))
    }
    if let pids = limits.pids {
      let setting = CgroupSetting("pids.max", pids == .max ? "max" : "\(pids)")
      all.append(("pids", ([setting], [setting])))
    }
    if let weight = limits.blkioWeight {
      // 10...1000 onto 1...10000, as the OCI runtimes do.
      let wide = 1 + (UInt64(max(10, weight)) - 10) * 9999 / 990
      let isOld = CgroupHierarchy.own.contains { $0.controllers.contains("blkio") }
      all.append(
        (
          isOld ? "blkio" : "io",
          (
            [
              CgroupSetting("blkio.weight", "\(weight)", else: CgroupSetting("blkio.bfq.weight", "\(weight)"))
            ],
            [CgroupSetting("io.weight", "\(wide)", else: CgroupSetting("io.bfq.weight", "\(weight)"))]
          )
        ))
    }
    return all
  }

  private static func memory(_ limits: CgroupLimits) -> (old: [CgroupSetting], unified: [CgroupSetting]) {
    var (old, unified): ([CgroupSetting], [CgroupSetting]) = ([], [])
    func text(_ value: UInt64, _ most: String) -> String { value == .max ? most : "\(value)" }
    if let memory = limits.memory {
      old.append(CgroupSetting("memory.limit_in_bytes", text(memory, "-1")))
      unified.append(CgroupSetting("memory.max", text(memory, "max")))
    }
    if let both = limits.memoryAndSwap {
      old.append(CgroupSetting("memory.memsw.limit_in_bytes", text(both, "-1")))
      let memory = min(limits.memory ?? 0, both)
      unified.append(CgroupSetting("memory.swap.max", both == .max ? "max" : "\(both - memory)"))
    }
    return (old, unified)
  }
}
