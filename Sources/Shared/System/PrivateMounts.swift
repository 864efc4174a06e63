import CLinux
import Glibc

/// What is mounted where, for this thread and what it starts (mount_namespaces(7)).
public enum PrivateMounts {
  /// Gives this thread, and what it starts from now on, mounts of its own: what is mounted in it is seen nowhere else;
  /// what the host mounts is still seen here.
  public static func enter() throws(Errno) {
    // CLONE_NEWNS
    _ = try retrying { clinux_unshare(0x2_0000) }
    // MS_REC | MS_SLAVE: by mount(2), which every kernel has.
    _ = try retrying { clinux_mount(nil, "/", nil, 0x4000 | 0x8_0000, nil) }
  }
}
