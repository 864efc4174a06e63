import Glibc

extension FileDescriptor {
  /// Removes `name` and, where it is a directory, all that is in it; links are never followed.
  ///
  /// However deep it goes, one directory is open at a time; nobody may move them meanwhile.
  public func removeTree(_ name: FileName) throws(Errno) {
    if try !isDirectory(unlinking: name) { return }
    var directory = try open(name, O_RDONLY | O_DIRECTORY)
    var names = [name]
    var left = [try directory.removeFiles()]
    while let last = names.last {
      if let next = left[left.count - 1].popLast() {
        directory = try directory.open(next, O_RDONLY | O_DIRECTORY)
        names.append(next)
        left.append(try directory.removeFiles())
      } else {
        let parent = names.count == 1 ? self : try directory.open(FileName(".."), O_RDONLY | O_DIRECTORY)
        try parent.unlink(last, directory: true)
        directory = parent
        names.removeLast()
        left.removeLast()
      }
    }
  }

  /// Removes what is in this directory but is none itself; the directories that are left.
  private func removeFiles() throws(Errno) -> [FileName] {
    var directories: [FileName] = []
    for bytes in try names() {
      guard let name = FileName(bytes) else { continue }
      if try isDirectory(unlinking: name) { directories.append(name) }
    }
    return directories
  }

  private func isDirectory(unlinking name: FileName) throws(Errno) -> Bool {
    do { try unlink(name) } catch {
      guard error.rawValue == EISDIR else { throw error }
      return true
    }
    return false
  }
}
