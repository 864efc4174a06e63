import Glibc
import System

/// A mount namespace of a run of the kernel.
public struct MountNamespace: Hashable, Sendable {
  /// What the kernel calls this run of it (/proc/sys/kernel/random/boot_id).
  public var bootID: String
  /// The inode of /proc/PID/ns/mnt; may be given again when the namespace is gone.
  public var inode: UInt64

  /// A short name of the run of the kernel.
  var run: String { StableHash(bootID).short }

  /// That of this process.
  public static func current() throws(Failure) -> MountNamespace {
    let own = "/proc/self/ns/mnt"
    let bootID: String
    do { bootID = try self.bootID() } catch { throw error.failure(Self.boot) }
    guard let inode = Self.inode(own) else { throw Errno.current.failure(own) }
    return MountNamespace(bootID: bootID, inode: UInt64(inode))
  }

  private static let boot = "/proc/sys/kernel/random/boot_id"

  /// What the kernel calls this run of it.
  static func bootID() throws(Errno) -> String {
    let id = try FileDescriptor.open(boot, O_RDONLY).readToEnd(limit: 4096)
    return String(decoding: id.prefix { $0 != 0x0A }, as: UTF8.self)
  }

  private static func inode(_ link: String) -> UInt64? {
    var status = stat()
    return stat(link, &status) == 0 ? UInt64(status.st_ino) : nil
  }

  /// Whether there is certainly no such namespace any more in this run of the kernel: every process could be asked,
  /// none is in it, and no mount holds it.
  func isGone(_ table: MountTable) -> Bool {
    guard let processes = try? FileDescriptor.open("/proc", O_RDONLY | O_DIRECTORY).names() else {
      return false
    }
    for name in processes {
      guard let process = Int32(String(decoding: name, as: UTF8.self)) else { continue }
      guard let other = Self.inode("/proc/\(process)/ns/mnt") else {
        // One that has just ended is in none; another that can't be asked may be in it.
        if errno == ENOENT || errno == ESRCH { continue }
        return false
      }
      if other == inode { return false }
    }
    return !table.keptNamespaces.contains(inode)
  }
}
