import Glibc
import System

/// A tree of control groups (cgroups(7)): the unified one of version 2, or one of version 1 for some controllers.
struct CgroupHierarchy: Hashable {
  /// Its controllers, or `name=NAME`; empty for the unified one.
  var controllers: [String]
  /// Where this process is in it.
  var path: String

  var isUnified: Bool { controllers.isEmpty }

  /// What it is called below /sys/fs/cgroup where there are several.
  var directory: String {
    guard !isUnified else { return "unified" }
    let name = controllers.joined(separator: ",")
    return name.hasPrefix("name=") ? String(name.dropFirst("name=".count)) : name
  }

  /// Where it is mounted.
  var root: String {
    guard isUnified else { return "/sys/fs/cgroup/\(directory)" }
    // CGROUP2_SUPER_MAGIC
    let type = try? FileDescriptor.openDirectory("/sys/fs/cgroup").fileSystemType()
    return type == 0x6367_7270 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified"
  }

  /// Those this process is in (/proc/self/cgroup), read once; none where the kernel has no control groups.
  static let own: [CgroupHierarchy] = {
    guard let bytes = try? FileDescriptor.open("/proc/self/cgroup", O_RDONLY).readToEnd(limit: 1 << 20) else {
      return []
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      return CgroupHierarchy(
        controllers: fields[1].split(separator: ",").map(String.init), path: String(fields[2]))
    }
  }()
}
