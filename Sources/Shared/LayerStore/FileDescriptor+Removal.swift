import Glibc
import System

extension FileDescriptor {
  /// Removes all that is in this directory, however deep, without ever leaving it.
  ///
  /// Takes neither descriptors nor memory for depth: a directory in a directory that is not empty is first moved up
  /// here, so that all there is to do is to empty directories of files. Directories that their owner may not change
  /// are given to him (chmod).
  func removeContents() throws(Errno) {
    var moved = 0
    try forEachBatch { names throws(Errno) in
      for name in names {
        do throws(Errno) { try unlink(name) } catch {
          guard error.rawValue == EISDIR else { throw error }
          try removeDirectory(name, &moved)
        }
      }
    }
  }

  /// Removes the directory `name` in this one, after moving the directories in it here.
  private func removeDirectory(_ name: FileName, _ moved: inout Int) throws(Errno) {
    do { return try unlink(name, directory: true) } catch {
      guard [ENOTEMPTY, EEXIST].contains(error.rawValue) else { throw error }
    }
    let directory = try openOwned(name)
    var counter = moved
    defer { moved = counter }
    var owned = false
    try directory.forEachBatch { names throws(Errno) in
      for child in names {
        do throws(Errno) { try directory.unlink(child) } catch {
          switch error.rawValue {
          case EISDIR: try move(child, from: directory, &counter)
          case EACCES where !owned:
            // The next round tries again.
            owned = true
            _ = try retrying { fchmod(directory.number, 0o700) }
          default: throw error
          }
        }
      }
    }
    try unlink(name, directory: true)
  }

  /// The directory `name`, which its owner can read from now on.
  private func openOwned(_ name: FileName) throws(Errno) -> FileDescriptor {
    do { return try open(name, O_RDONLY | O_DIRECTORY) } catch {
      guard error.rawValue == EACCES else { throw error }
    }
    try own(name)
    return try open(name, O_RDONLY | O_DIRECTORY)
  }

  /// Lets the owner of the directory `name` do everything with it.
  private func own(_ name: FileName) throws(Errno) {
    // It could not be opened, so it has no descriptor to chmod; that it is no link was just seen, and nobody else
    // changes anything in the store.
    _ = try name.withCString { name throws(Errno) in try retrying { fchmodat(number, name, 0o700, 0) } }
  }

  /// Removes the directory `child` of `directory` if it is empty, else moves it here under a name that is free.
  private func move(_ child: FileName, from directory: FileDescriptor, _ counter: inout Int) throws(Errno) {
    do { return try directory.unlink(child, directory: true) } catch {
      guard [ENOTEMPTY, EEXIST].contains(error.rawValue) else { throw error }
    }
    var owned = false
    while true {
      counter += 1
      do { return try directory.rename(child, to: FileName(".removed-\(counter)"), in: self) } catch {
        switch error.rawValue {
        case ENOTEMPTY, EEXIST, ENOTDIR: continue
        case EACCES where !owned:
          // To move a directory is to change its `..`.
          owned = true
          try directory.own(child)
        default: throw error
        }
      }
    }
  }

  /// Runs `body` with the names in this directory, some at a time, until there are none left: `body` removes them.
  private func forEachBatch(_ body: ([FileName]) throws(Errno) -> Void) throws(Errno) {
    let copy = try retrying { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let stream = fdopendir(copy) else {
      let error = Errno.current
      close(copy)
      throw error
    }
    defer { closedir(stream) }
    while true {
      var names: [FileName] = []
      while names.count < 4096 {
        errno = 0
        guard let entry = readdir(stream) else {
          if errno != 0 { throw Errno.current }
          break
        }
        let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        if bytes != [0x2e], bytes != [0x2e, 0x2e], let name = FileName(bytes) { names.append(name) }
      }
      if names.isEmpty { return }
      try body(names)
      rewinddir(stream)
    }
  }
}
