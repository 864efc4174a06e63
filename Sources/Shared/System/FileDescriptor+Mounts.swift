import CLinux
import Glibc

// A mount is a descriptor of its root, from fsmount(2), open_tree(2) or open(2) with O_PATH.

extension FileDescriptor {
  /// Opens a directory to name it, whatever may be read in it (O_PATH); relative to the working directory.
  public static func openDirectory(_ path: String) throws(Errno) -> FileDescriptor {
    try open(path, clinux_O_PATH | O_DIRECTORY)
  }

  /// A copy of the mount that has this file, or, where `recursive`, with all that is mounted in it; it is nowhere yet
  /// (open_tree(2) with OPEN_TREE_CLONE).
  public func cloneMount(recursive: Bool) throws(Errno) -> FileDescriptor {
    // OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH, AT_RECURSIVE
    let flags: UInt32 = 1 | UInt32(O_CLOEXEC) | 0x1000 | (recursive ? 0x8000 : 0)
    return FileDescriptor(owning: try retrying { clinux_open_tree(number, "", flags) })
  }

  /// Puts this mount on top of `place` (move_mount(2)).
  public func moveMount(to place: FileDescriptor) throws(Errno) {
    // MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH
    _ = try retrying { clinux_move_mount(number, "", place.number, "", 0x4 | 0x40) }
  }

  /// Sets attributes of this mount, and where `recursive` of all in it, or how they propagate (mount_setattr(2)).
  public func setMount(
    _ attributes: MountAttributes = [], propagation: MountPropagation? = nil, recursive: Bool
  ) throws(Errno) {
    _ = try retrying {
      clinux_mount_setattr(
        number, "", 0x1000 | (recursive ? 0x8000 : 0), attributes.rawValue, 0, propagation?.rawValue ?? 0)
    }
  }

  /// The mount in which a file lies (statx(2)).
  public struct MountLocation: Equatable, Sendable {
    /// The number that /proc/self/mountinfo gives the mount; 0 before Linux 5.8.
    public let mount: UInt64
    /// Whether the file is the root of the mount.
    public let isRoot: Bool
  }

  /// The mount in which this file lies (statx(2)).
  public func mountLocation() throws(Errno) -> MountLocation {
    var mount: UInt64 = 0
    var isRoot: CInt = 0
    _ = try retrying { clinux_mount_of(number, &mount, &isRoot) }
    return MountLocation(mount: mount, isRoot: isRoot != 0)
  }

  /// The magic number of the file system (fstatfs(2)).
  public func fileSystemType() throws(Errno) -> UInt64 {
    var type: UInt64 = 0
    _ = try retrying { clinux_file_system_type(number, &type) }
    return type
  }

  /// A path by which the kernel finds this very file, however its name changes.
  public var magicPath: String { "/proc/self/fd/\(number)" }
}

/// Takes off what is mounted at `path`, whose last component is not followed where it is a symbolic link (umount2(2)).
///
/// - Parameter lazily: even if it is in use, which it then stays until nobody uses it (MNT_DETACH).
public func unmount(_ path: String, lazily: Bool = false) throws(Errno) {
  // UMOUNT_NOFOLLOW, MNT_DETACH
  _ = try retrying { clinux_umount2(path, 8 | (lazily ? 2 : 0)) }
}

/// Mounts by mount(2), for kernels without `fsopen`; `data` is at most 4095 bytes.
public func mount(
  _ source: String, at target: String, type: String, _ attributes: MountAttributes, data: String
) throws(Errno) {
  // MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC have the numbers of the attributes.
  _ = try retrying { clinux_mount(source, target, type, UInt(attributes.rawValue), data) }
}
