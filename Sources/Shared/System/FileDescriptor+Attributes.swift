import Glibc

// Owners, permissions and times: of the open file, and of names, of which none is followed where it is a symbolic
// link, chmod's excepted.

extension FileDescriptor {
  /// Sets the owner and the group (fchown(2)); set-ID bits and capabilities of a file are lost by it.
  public func setOwner(_ user: uid_t, _ group: gid_t) throws(Errno) {
    _ = try retrying { fchown(number, user, group) }
  }

  /// Sets the owner and the group of `name` (fchownat(2)), of a symbolic link its own.
  public func setOwner(of name: FileName, _ user: uid_t, _ group: gid_t) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in
      try retrying { fchownat(number, name, user, group, AT_SYMLINK_NOFOLLOW) }
    }
  }

  /// Sets permissions and set-ID bits, whatever the umask (fchmod(2)).
  public func setMode(_ mode: mode_t) throws(Errno) {
    _ = try retrying { fchmod(number, mode) }
  }

  /// Sets the permissions of `name` (fchmodat(2)), which is known not to be a symbolic link: one would be followed.
  public func setMode(of name: FileName, _ mode: mode_t) throws(Errno) {
    _ = try name.withCString { name throws(Errno) in try retrying { fchmodat(number, name, mode, 0) } }
  }

  /// Sets when it was last read and written (futimens(3)).
  public func setTimes(_ accessed: timespec, _ modified: timespec) throws(Errno) {
    let times = (accessed, modified)
    _ = try withUnsafePointer(to: times) { times -> Result<CInt, Errno> in
      let times = UnsafeRawPointer(times).assumingMemoryBound(to: timespec.self)
      do throws(Errno) { return .success(try retrying { futimens(number, times) }) } catch {
        return .failure(error)
      }
    }.get()
  }

  /// Sets when `name` was last read and written (utimensat(2)), of a symbolic link its own.
  public func setTimes(of name: FileName, _ accessed: timespec, _ modified: timespec) throws(Errno) {
    let times = [accessed, modified]
    _ = try name.withCString { name throws(Errno) in
      try retrying { utimensat(number, name, times, AT_SYMLINK_NOFOLLOW) }
    }
  }
}
