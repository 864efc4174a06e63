import System

/// Paths of the kernel's file systems that tell of, or change, the host: Docker's lists.
enum SystemPaths {
  /// Hidden.
  static func masked(_ host: HostFacts) -> [String] {
    let paths = [
      "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
      "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
      "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux", "/sys/dev/block",
    ]
    guard host.hasThermalThrottle else { return paths }
    return paths
      + (0..<max(1, min(host.processors, 4096))).map { "/sys/devices/system/cpu/cpu\($0)/thermal_throttle" }
  }

  /// Read-only.
  static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

  /// What every container has mounted (runtime-spec, config-linux.md, Default Filesystems).
  ///
  /// - Parameter isOpen: whether what the kernel has in /sys may be changed.
  static func mounts(sharedMemory: UInt64, isOpen: Bool) -> [ContainerMount] {
    let safe: MountAttributes = [.noSetUserID, .noDevices, .noExecution]
    let system = isOpen ? safe : safe.union(.readOnly)
    return [
      ContainerMount(.proc, at: "/proc", safe),
      ContainerMount(
        .tmpfs([("mode", "755"), ("size", "65536k")]), at: "/dev", [.noSetUserID, .noExecution]),
      ContainerMount(.devpts, at: "/dev/pts", [.noSetUserID, .noExecution]),
      ContainerMount(.sysfs, at: "/sys", system),
      ContainerMount(.cgroup, at: "/sys/fs/cgroup", system),
      ContainerMount(.mqueue, at: "/dev/mqueue", safe),
      ContainerMount(.tmpfs([("mode", "1777"), ("size", "\(sharedMemory)")]), at: "/dev/shm", safe),
    ]
  }
}
