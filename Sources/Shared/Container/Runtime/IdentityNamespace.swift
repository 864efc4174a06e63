import CLinux
import Glibc
import System

/// The maps of other processes' user namespaces.
enum IdentityNamespace {
  /// A user namespace with this map, for idmapped mounts (mount_setattr(2)): nothing runs in it.
  static func open(_ map: IdentityMap?) throws(Failure) -> FileDescriptor? {
    guard let map else { return nil }
    var process: CInt = -1
    let child = clinux_user_namespace(&process)
    guard child > 0 else { throw Errno.current.failure("user namespace") }
    let holder = FileDescriptor(owning: process)
    defer {
      _ = clinux_pidfd_kill(holder.number, SIGKILL)
      _ = clinux_pidfd_wait(holder.number)
    }
    try write(map, for: child)
    do { return try FileDescriptor.open("/proc/\(child)/ns/user", O_RDONLY) } catch {
      throw error.failure("user namespace")
    }
  }

  /// Writes the maps of the user namespace of a child (user_namespaces(7)).
  static func write(_ map: IdentityMap, for process: pid_t) throws(Failure) {
    for (name, runs) in [("uid_map", map.users), ("gid_map", map.groups)] {
      let text = runs.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined()
      do throws(Errno) {
        try FileDescriptor.open("/proc/\(process)/\(name)", O_WRONLY).write(Array(text.utf8))
      } catch {
        let shown = text.replacing("\n", with: ",").dropLast()
        throw error.failure("user namespace", doing: "\(name) \(shown)")
      }
    }
  }
}
