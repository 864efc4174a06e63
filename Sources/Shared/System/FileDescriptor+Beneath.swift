import CLinux
import Glibc

extension FileDescriptor {
  /// Opens a path of several names below this directory, through no symbolic link (openat2(2)).
  ///
  /// - Throws: ELOOP where one is on the way or at the end, EXDEV where `..` leads out.
  public func open(beneath path: FileName, _ flags: CInt) throws(Errno) -> FileDescriptor {
    let resolution: Resolution = [.beneath, .noSymlinks, .noMagicLinks]
    return FileDescriptor(
      owning: try path.withCString { path throws(Errno) in
        try retrying {
          clinux_openat2(number, path, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), 0, resolution.rawValue)
        }
      })
  }
}
