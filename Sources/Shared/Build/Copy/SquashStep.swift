import Archive
import Glibc
import Overlay
import System

/// What several layers change together, written as one (`--squash`).
///
/// A file of the same inode before and after is the same file: the layers below are directories that both have.
final class SquashStep {
  private struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  /// A directory as it is and as it was, if it was.
  private struct Place {
    let after: OverlayDirectory
    let before: OverlayDirectory?
  }

  /// How far it has come in a directory.
  private struct Level {
    /// The length of its path.
    let length: Int
    /// How many directories wait, with this one; nil where it does not wait.
    let depth: Int?
    /// The names that are still to come, the next one last.
    var names: [FileName]
    /// The names that are not there any more.
    let gone: [FileName]
  }

  private let tar: TarWriter
  private let appearance: CopyAppearance
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
  /// The path of what is at hand, without slashes around it.
  private var path: [UInt8] = []
  /// Directories on the way that were not written yet: they are only if anything in them is.
  private var waiting: [TarHeader] = []
  /// Under which name a file with several was written.
  private var links: [Identity: [UInt8]] = [:]

  deinit { buffer.deallocate() }

  private init(_ tar: TarWriter, latest: Int64?) {
    self.tar = tar
    appearance = CopyAppearance(now: 0, latest: latest)
  }

  /// Writes what `after` has otherwise than `before`; nil: nothing was there.
  static func write(
    _ after: OverlayDirectory, on before: OverlayDirectory?, to tar: TarWriter, latest: Int64?
  ) throws(Failure) {
    let step = SquashStep(tar, latest: latest)
    try step.root(after, before)
    try step.compare(after, before)
  }

  /// The root, where it looks otherwise.
  private func root(_ after: OverlayDirectory, _ before: OverlayDirectory?) throws(Failure) {
    var header = try check { () throws(Errno) in try appearance.keptDirectory([], after) }
    header.path = Array("./".utf8)
    if let before {
      let old = try check { () throws(Errno) in try appearance.keptDirectory([], before) }
      let isSame =
        (header.mode, header.user, header.group) == (old.mode, old.user, old.group)
        && header.attributes.elementsEqual(old.attributes) { $0 == $1 }
      if isSame { return }
    }
    try tar.member(header)
  }

  /// What is in a directory; whether it itself is another one is for who looks at the one above.
  ///
  /// Without recursion, and with few directories open, however deep it is.
  private func compare(_ after: OverlayDirectory, _ before: OverlayDirectory?) throws(Failure) {
    let root = Place(after: after, before: before)
    var way = OpenWay(root) { [self] (name, place) throws(Failure) in try below(name, place) }
    var levels = [try level(root, depth: nil)]
    while let last = levels.indices.last {
      path.removeSubrange(levels[last].length...)
      guard let name = levels[last].names.popLast() else {
        try hide(levels[last].gone)
        if levels[last].depth == waiting.count { waiting.removeLast() }
        levels.removeLast()
        way.leave()
        continue
      }
      if !path.isEmpty { path.append(UInt8(ascii: "/")) }
      name.append(to: &path)
      if let below = try compare(name, way.last()) {
        levels.append(try level(below, depth: waiting.isEmpty ? nil : waiting.count))
        way.enter(name, below)
      }
    }
  }

  private func level(_ place: Place, depth: Int?) throws(Failure) -> Level {
    let names = try check { () throws(Errno) in try place.after.names() }
    let kept = Set(names)
    let old = try check { () throws(Errno) in try place.before?.names() ?? [] }
    return Level(
      length: path.count, depth: depth, names: names.reversed(), gone: old.filter { !kept.contains($0) })
  }

  private func below(_ name: FileName, _ place: Place) throws(Failure) -> Place? {
    try check { () throws(Errno) in
      guard let after = try place.after.directory(name) else { return nil }
      return Place(after: after, before: try place.before?.directory(name))
    }
  }

  /// Writes whiteouts into the directory at hand.
  private func hide(_ names: [FileName]) throws(Failure) {
    for name in names {
      let whiteout = (path.isEmpty ? [] : path + [UInt8(ascii: "/")]) + Array(".wh.".utf8) + name.bytes
      try say()
      try tar.member(TarHeader(.regular, path: whiteout))
    }
  }

  /// Writes what is called `name`, if it is another one; a directory that is to be gone through next.
  private func compare(_ name: FileName, _ place: Place) throws(Failure) -> Place? {
    let (new, old) = try check { () throws(Errno) in
      (try place.after.entry(name), try place.before?.entry(name))
    }
    guard let new else { return nil }
    guard new.status.kind == .directory else {
      if old.map({ !$0.isSame(as: new) }) ?? true { try file(new, in: place.after) }
      return nil
    }
    guard let below = try below(name, place), try directory(below) else { return nil }
    return below
  }

  /// Takes up a directory; whether anything in it can be another one.
  private func directory(_ place: Place) throws(Failure) -> Bool {
    let (after, before) = (place.after, place.before)
    let isSame = try check { () throws(Errno) in
      guard let before, after.places.count == before.places.count else { return false }
      for (one, other) in zip(after.places, before.places) {
        guard try one.status().isSame(as: other.status()) else { return false }
      }
      return true
    }
    if isSame { return false }
    let header = try check { () throws(Errno) in try appearance.keptDirectory(path, after) }
    waiting.append(header)
    let isNew = try check { () throws(Errno) in
      guard let before else { return true }
      return try !after.places[0].status().isSame(as: before.places[0].status())
    }
    if isNew { try say() }
    return true
  }

  /// Writes the directories that wait.
  private func say() throws(Failure) {
    let headers = waiting
    waiting = []
    for header in headers { try tar.member(header) }
  }

  private func file(_ entry: OverlayEntry, in directory: OverlayDirectory) throws(Failure) {
    if entry.status.kind == .socket { return }
    try say()
    var header = try check { () throws(Errno) in try appearance.header(path, entry, from: .image) }
    let status = entry.status.raw
    let identity = Identity(device: status.st_dev, inode: status.st_ino)
    if status.st_nlink > 1, header.kind == .regular {
      if let first = links[identity] {
        (header.kind, header.target, header.size, header.attributes) = (.hardlink, first, 0, [])
      } else {
        links[identity] = path
      }
    }
    if header.kind == .symlink {
      header.target = try check { () throws(Errno) in try entry.place.target(of: entry.name).bytes }
    }
    guard header.kind == .regular else {
      return try tar.member(header)
    }
    let file = try check { () throws(Errno) in try directory.open(entry) }
    try tar.begin(header)
    var offset: UInt64 = 0
    while offset < header.size {
      let room = UnsafeMutableRawBufferPointer(
        rebasing: buffer.prefix(Int(clamping: min(UInt64(buffer.count), header.size - offset))))
      let count = try check { () throws(Errno) in try file.read(into: room, at: offset) }
      guard count > 0 else { throw Errno(EIO).failure(subject) }
      try tar.write(UnsafeRawBufferPointer(rebasing: room.prefix(count)))
      offset += UInt64(count)
    }
    try tar.end()
  }

  private var subject: String { "/" + String(decoding: path, as: UTF8.self).oneLine }

  private func check<Result>(_ call: () throws(Errno) -> Result) throws(Failure) -> Result {
    do { return try call() } catch { throw error.failure(subject) }
  }
}

extension OverlayEntry {
  fileprivate func isSame(as other: OverlayEntry) -> Bool { status.isSame(as: other.status) }
}
