import Glibc
import System

/// A directory that belongs to whoever holds its lock, who alone makes and removes things in it.
///
/// A name may come to mean another directory while one waits for the lock; so after locking it is made sure that the
/// name still leads to what was locked.
struct Workshop: Sendable {
  /// The directory in which it lies.
  let parent: FileDescriptor
  /// Its name there.
  let name: String
  /// The directory; the lock (an exclusive flock) is held until the last reference to it goes.
  let directory: FileDescriptor

  /// The one called `name`, made if it is missing, locked; waits for whoever holds it.
  static func enter(_ name: String, in parent: FileDescriptor) throws(Errno) -> Workshop {
    while true {
      let directory = try parent.privateSubdirectory(name)
      try directory.lock(.exclusive)
      if try parent.leads(name, to: directory) {
        return Workshop(parent: parent, name: name, directory: directory)
      }
    }
  }

  /// The one called `name`, locked; nil where there is none, or somebody holds it.
  static func enterAbandoned(_ name: String, in parent: FileDescriptor) throws(Errno) -> Workshop? {
    do {
      let directory = try parent.open(FileName(name), O_RDONLY | O_DIRECTORY)
      try directory.lock(.exclusive, waiting: false)
      guard try parent.leads(name, to: directory) else { return nil }
      return Workshop(parent: parent, name: name, directory: directory)
    } catch {
      if [ENOENT, EWOULDBLOCK].contains(error.rawValue) { return nil }
      throw error
    }
  }

  /// Removes it with all that is in it.
  func demolish() throws(Errno) {
    try directory.removeContents()
    try parent.unlink(FileName(name), directory: true)
  }

  /// Removes it if nothing is in it, and lets go of the lock, even if something still refers to it.
  func closeDown() {
    do throws(Errno) {
      try parent.unlink(FileName(name), directory: true)
      try directory.unlock()
    } catch {}
  }
}

extension FileDescriptor {
  /// Lets go of the lock (flock(2)).
  func unlock() throws(Errno) { _ = try retrying { flock(number, LOCK_UN) } }
}
