import Glibc
import Overlay
import System

/// An upper directory after its mount was taken down, which is to become a layer's tree.
struct UpperTree {
  private let upper: FileDescriptor
  private let name: String

  /// The directory `upper`, in which nobody else changes anything.
  init(_ upper: FileDescriptor, name: String) {
    self.upper = upper
    self.name = name
  }

  /// Makes it what unpacking its tar gives: no sockets, and no time after `latest`.
  func conform(clampedTo latest: Int64?) throws(Failure) {
    do throws(Errno) {
      var place = upper
      // Without recursion, with one directory open: the ones to go into, for each level from the top to `place`.
      var waiting = [try Self.conform(place, latest)]
      while let level = waiting.indices.last {
        if let name = waiting[level].popLast() {
          place = try place.open(name, O_RDONLY | O_DIRECTORY)
          waiting.append(try Self.conform(place, latest))
        } else {
          waiting.removeLast()
          if !waiting.isEmpty { place = try place.open(FileName(".."), O_RDONLY | O_DIRECTORY) }
        }
      }
    } catch { throw error.failure(name) }
  }

  /// Makes what is in a directory so, and itself; the names of the directories in it.
  private static func conform(_ directory: FileDescriptor, _ latest: Int64?) throws(Errno) -> [FileName] {
    let status = try directory.status().raw
    var directories: [FileName] = []
    for (name, known) in try directory.listing() {
      // Times are looked at only where they count: what a name is, the file system says.
      let entry = latest == nil && known != nil ? nil : try directory.status(of: name)
      switch entry?.kind ?? known {
      case .directory: directories.append(name)
      case .socket:
        try directory.unlink(name)
        try directory.setTimes(status.st_atim, status.st_mtim)
      default:
        guard let latest, let entry, !entry.isWhiteout, entry.raw.st_mtim.isAfter(latest) else { continue }
        try directory.setTimes(of: name, entry.raw.st_atim, timespec(tv_sec: Int(latest), tv_nsec: 0))
      }
    }
    if let latest, status.st_mtim.isAfter(latest) {
      try directory.setTimes(status.st_atim, timespec(tv_sec: Int(latest), tv_nsec: 0))
    }
    return directories
  }
}

extension timespec {
  fileprivate func isAfter(_ seconds: Int64) -> Bool { (Int64(tv_sec), tv_nsec) > (seconds, 0) }
}
