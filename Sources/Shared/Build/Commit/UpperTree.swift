import Glibc
import Overlay
import System

/// An upper directory after its mount was taken down, which is to become a layer's tree.
struct UpperTree {
  private let upper: FileDescriptor
  private let below: OverlayDirectory?
  private let dialect: OverlayDialect
  private let name: String

  /// As many links as the kernel follows in one path (path_resolution(7)).
  private static let mostLinks = 40

  /// The directory `upper`, in which nobody else changes anything, on top of `below`.
  init(_ upper: FileDescriptor, on below: OverlayDirectory?, dialect: OverlayDialect, name: String) {
    self.upper = upper
    self.below = below
    self.dialect = dialect
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

extension UpperTree {
  /// Removes what a runner mounted something on, at an absolute path as the container sees it, and its parents that
  /// were made for it; and the copies of lower directories that nothing but this was in.
  func removeStub(_ path: FileName) throws(Failure) {
    do throws(Errno) {
      var names = try resolved(path)
      while let last = names.popLast() {
        guard let parent = try directory(names), try remove(last, in: parent, names) else { return }
      }
    } catch { throw error.failure(name, doing: path.description.oneLine) }
  }

  /// Removes `last`, which is below `names`, if it is but a stub; whether it was.
  private func remove(
    _ last: FileName, in parent: FileDescriptor, _ names: [FileName]
  ) throws(Errno) -> Bool {
    let status: FileStatus
    do { status = try parent.status(of: last) } catch {
      // None was needed, or the command has removed it; a parent may still be one.
      if error.rawValue == ENOENT { return true }
      throw error
    }
    let lower = try lower(last, in: names)
    switch status.kind {
    case .regular:
      guard lower == nil, status.size == 0 else { return false }
      try parent.unlink(last)
    case .directory:
      let directory = try parent.open(last, O_RDONLY | O_DIRECTORY)
      if let lower { guard try isCopy(directory, status, of: lower) else { return false } }
      do { try parent.unlink(last, directory: true) } catch {
        if error.rawValue == ENOTEMPTY { return false }
        throw error
      }
    default: return false
    }
    return true
  }

  /// Whether a directory of the upper one says nothing that the one below does not say: overlayfs made it to hold
  /// something.
  private func isCopy(
    _ directory: FileDescriptor, _ status: FileStatus, of lower: OverlayEntry
  ) throws(Errno) -> Bool {
    guard lower.status.kind == .directory, try directory.extendedAttribute(dialect.opaque) == nil else {
      return false
    }
    let (one, other) = (status.raw, lower.status.raw)
    guard (one.st_mode, one.st_uid, one.st_gid) == (other.st_mode, other.st_uid, other.st_gid) else {
      return false
    }
    let attributes = try directory.plainAttributes().sorted { $0.name < $1.name }
    return try lower.plainAttributes().sorted { $0.name < $1.name }.elementsEqual(attributes) { $0 == $1 }
  }

  /// What is below under a name; nil where nothing is.
  private func lower(_ last: FileName, in names: [FileName]) throws(Errno) -> OverlayEntry? {
    var place = below
    for name in names { place = try place?.directory(name) }
    return try place?.entry(last)
  }

  /// The directory of the upper one that these names lead to; nil where there is none.
  private func directory(_ names: [FileName]) throws(Errno) -> FileDescriptor? {
    var place = upper
    for name in names {
      do { place = try place.open(name, O_RDONLY | O_DIRECTORY) } catch {
        if [ENOENT, ENOTDIR, ELOOP].contains(error.rawValue) { return nil }
        throw error
      }
    }
    return place
  }

  /// The names that an absolute path leads by, links on the way followed inside.
  private func resolved(_ path: FileName) throws(Errno) -> [FileName] {
    let slash = UInt8(ascii: "/")
    let root = try OverlayDirectory(upper: upper, on: below, dialect: dialect)
    var places: [(name: FileName, directory: OverlayDirectory?)] = []
    var rest = path.bytes.split(separator: slash).compactMap { FileName($0) }.reversed() as [FileName]
    var links = 0
    while let name = rest.popLast() {
      if name == FileName(".") { continue }
      if name == FileName("..") {
        _ = places.popLast()
        continue
      }
      let place = places.isEmpty ? root : places[places.count - 1].directory
      let entry = try place?.entry(name)
      if let entry, entry.status.kind == .symlink {
        links += 1
        guard links <= Self.mostLinks else { throw Errno(ELOOP) }
        let target = try entry.place.target(of: name).bytes
        if target.first == slash { places = [] }
        rest += target.split(separator: slash).compactMap { FileName($0) }.reversed()
      } else {
        places.append((name, entry?.status.kind == .directory ? try place?.directory(name) : nil))
      }
    }
    return places.map(\.name)
  }
}
