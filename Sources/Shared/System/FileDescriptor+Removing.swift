import Glibc

extension FileDescriptor {
  /// Removes `name` and, where it is a directory, all that is in it.
  public func removeTree(_ name: FileName) throws(Errno) {
    do { return try unlink(name) } catch { guard error.rawValue == EISDIR else { throw error } }
    try openOwned(name).removeContents()
    try unlink(name, directory: true)
  }

  /// Removes all that is in this directory, however deep, without ever leaving it.
  ///
  /// Takes neither descriptors nor memory for depth: a directory in a directory that is not empty is first moved up
  /// here, so that all there is to do is to empty directories of files. Directories that their owner may not change
  /// are given to him (chmod). Nobody else may change anything in there meanwhile.
  public func removeContents() throws(Errno) {
    var moved = 0
    try removeFiles { name throws(Errno) in
      let before = moved
      try removeDirectory(name, &moved)
      return moved != before
    }
  }

  /// Removes the directory `name` in this one, after moving the directories in it here.
  private func removeDirectory(_ name: FileName, _ moved: inout Int) throws(Errno) {
    do { return try unlink(name, directory: true) } catch {
      guard [ENOTEMPTY, EEXIST].contains(error.rawValue) else { throw error }
    }
    let directory = try openOwned(name)
    try directory.removeFiles { child throws(Errno) in
      try move(child, from: directory, &moved)
      return false
    }
    try unlink(name, directory: true)
  }

  /// The directory `name`, which its owner can read from now on.
  private func openOwned(_ name: FileName) throws(Errno) -> FileDescriptor {
    do { return try open(name, O_RDONLY | O_DIRECTORY) } catch {
      guard error.rawValue == EACCES else { throw error }
    }
    // It could not be opened, so it has no descriptor to chmod; that it is no link was just seen.
    try setMode(of: name, 0o700)
    return try open(name, O_RDONLY | O_DIRECTORY)
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
          try directory.setMode(of: child, 0o700)
        default: throw error
        }
      }
    }
  }

  /// Removes the files in this directory, until there is nothing left.
  ///
  /// - Parameter body: removes a directory, or moves it away; whether that put something else in here.
  private func removeFiles(_ body: (FileName) throws(Errno) -> Bool) throws(Errno) {
    let stream = try DirectoryStream(of: self)
    var owned = false
    while true {
      var entries: [(name: FileName, kind: FileStatus.Kind?)] = []
      while entries.count < 4096, let entry = try stream.next() { entries.append(entry) }
      var isLast = entries.count < 4096
      for (name, kind) in entries {
        do throws(Errno) {
          if kind == .directory { throw Errno(EISDIR) }
          try unlink(name)
        } catch {
          switch error.rawValue {
          case EISDIR: if try body(name) { isLast = false }
          case EACCES where !owned:
            // The next round tries again.
            owned = true
            isLast = false
            try setMode(0o700)
          default: throw error
          }
        }
      }
      if isLast { return }
      stream.rewind()
    }
  }
}
