import Glibc
import System

/// Copies a merged tree to a plain directory, with all that its files have: owners, modes, times, attributes without
/// overlayfs's own, hard links, holes; blocks are shared where the file system can.
///
/// Nobody else writes to the directory meanwhile. As where layers are unpacked, devices that may not be made, in a user
/// namespace, are left out, and so are attributes that the file system does not have or that only root may set.
public final class OverlayCopy {
  /// A file, wherever its names are.
  private struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  private let name: String
  private let root: FileDescriptor
  private let ownUser = geteuid()
  private let ownGroup = getegid()
  /// The path of the file at hand, from the root.
  private var path: [UInt8] = []
  /// Where files lie that have further names still to come.
  private var links: [Identity: (path: FileName, missing: nlink_t)] = [:]
  /// Whether blocks may be shared; false once that failed.
  private var mayClone = true

  /// Copies `source` into `directory`, which is empty, and makes that look like its root.
  ///
  /// - Parameter name: what the user calls the directory.
  public static func copy(
    _ source: OverlayDirectory, into directory: FileDescriptor, name: String
  ) throws(Failure) {
    let copy = OverlayCopy(directory, name)
    try copy.copyContent(of: source, to: directory)
    try copy.finish(directory, like: source)
  }

  private init(_ root: FileDescriptor, _ name: String) {
    self.root = root
    self.name = name
  }

  private func copyContent(of source: OverlayDirectory, to directory: FileDescriptor) throws(Failure) {
    let members = try check { () throws(Errno) in try source.members() }
    let length = path.count
    for (name, part) in members {
      path += (length == 0 ? [] : [UInt8(ascii: "/")]) + name.bytes
      try copy(name, of: source, part, to: directory)
      path.removeSubrange(length...)
    }
  }

  private func copy(
    _ name: FileName, of source: OverlayDirectory, _ part: Int, to directory: FileDescriptor
  ) throws(Failure) {
    guard let entry = try check({ () throws(Errno) in try source.entry(name, from: part) }) else { return }
    if entry.status.kind == .directory {
      guard let below = try check({ () throws(Errno) in try source.directory(name, from: part) }) else {
        return
      }
      let made = try check { () throws(Errno) in
        try directory.makeDirectory(name, mode: 0o700)
        return try directory.open(name, O_RDONLY | O_DIRECTORY)
      }
      try copyContent(of: below, to: made)
      return try finish(made, like: below)
    }
    if try link(name, in: directory, to: entry) { return }
    if entry.status.kind == .regular {
      try copyFile(entry, of: source, to: name, in: directory)
    } else if try !make(entry, as: name, in: directory) {
      return
    }
    remember(entry)
  }

  /// Runs `call`; its error is about the file at hand.
  private func check<Result>(_ call: () throws(Errno) -> Result) throws(Failure) -> Result {
    do { return try call() } catch { throw error.failure(subject) }
  }

  private var subject: String {
    (path.isEmpty ? name : "\(name)/\(String(decoding: path, as: UTF8.self))").oneLine
  }
}

extension OverlayCopy {
  private func identity(_ entry: OverlayEntry) -> Identity {
    Identity(device: entry.status.raw.st_dev, inode: entry.status.raw.st_ino)
  }

  private func remember(_ entry: OverlayEntry) {
    guard entry.status.raw.st_nlink > 1, let path = FileName(path) else { return }
    links[identity(entry)] = (path, entry.status.raw.st_nlink - 1)
  }

  /// Makes `name` another name of the file, if that is there already.
  ///
  /// Its path leads through directories only that were made here.
  private func link(
    _ name: FileName, in directory: FileDescriptor, to entry: OverlayEntry
  ) throws(Failure) -> Bool {
    guard entry.status.raw.st_nlink > 1, let first = links[identity(entry)] else { return false }
    try check { () throws(Errno) in try root.link(first.path, as: name, in: directory) }
    links[identity(entry)] = first.missing > 1 ? (first.path, first.missing - 1) : nil
    return true
  }

  private func copyFile(
    _ entry: OverlayEntry, of source: OverlayDirectory, to name: FileName, in directory: FileDescriptor
  ) throws(Failure) {
    let (content, file) = try check { () throws(Errno) in
      let content = try source.open(entry)
      let file = try directory.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      if mayClone, entry.status.raw.st_blocks > 0 { mayClone = try file.clone(content) }
      if !mayClone { try file.copyBytes(of: content, size: entry.status.size) }
      return (content, file)
    }
    // What is copied up without its content has its attributes in the upper layer.
    let isWhole = try check { () throws(Errno) in try content.status().raw.st_ino } == entry.status.raw.st_ino
    let attributes = try check { () throws(Errno) in
      isWhole ? try Attributes(of: content) : try Attributes(of: entry)
    }
    try finish(file, entry.status.raw, attributes)
  }

  /// Makes what has no content; false where it may not be made.
  private func make(
    _ entry: OverlayEntry, as name: FileName, in directory: FileDescriptor
  ) throws(Failure) -> Bool {
    let status = entry.status.raw
    do throws(Errno) {
      if entry.status.kind == .symlink {
        try directory.makeSymlink(name, to: try entry.place.target(of: entry.name))
      } else {
        try directory.makeNode(name, mode: status.st_mode & S_IFMT | 0o600, device: status.st_rdev)
      }
    } catch {
      let isDevice = entry.status.kind == .characterDevice || entry.status.kind == .blockDevice
      if isDevice, error.rawValue == EPERM { return false }
      throw error.failure(subject)
    }
    if (status.st_uid, status.st_gid) != (ownUser, ownGroup) {
      try own(status) { () throws(Errno) in try directory.setOwner(of: name, status.st_uid, status.st_gid) }
    }
    if entry.status.kind != .symlink {
      try check { () throws(Errno) in try directory.setMode(of: name, status.st_mode & 0o7777) }
    }
    let attributes = try check { () throws(Errno) in try Attributes(of: entry) }
    try attributes.forEach(subject) { key, value throws(Errno) in
      try directory.setExtendedAttribute(key, of: name, to: value)
    }
    try check { () throws(Errno) in try directory.setTimes(of: name, status.st_atim, status.st_mtim) }
    return true
  }

  private func finish(_ directory: FileDescriptor, like source: OverlayDirectory) throws(Failure) {
    let (status, attributes) = try check { () throws(Errno) in
      (try source.places[0].status().raw, try Attributes(of: source.places[0]))
    }
    try finish(directory, status, attributes)
  }

  /// Owner, mode, attributes and times, in this order: chown(2) takes away set-ID bits and capabilities.
  private func finish(_ file: FileDescriptor, _ status: stat, _ attributes: Attributes) throws(Failure) {
    let made = try check { () throws(Errno) in try file.status().raw }
    if (status.st_uid, status.st_gid) != (made.st_uid, made.st_gid) {
      try own(status) { () throws(Errno) in try file.setOwner(status.st_uid, status.st_gid) }
    }
    try check { () throws(Errno) in try file.setMode(status.st_mode & 0o7777) }
    try attributes.forEach(subject) { key, value throws(Errno) in
      try file.setExtendedAttribute(key, to: value)
    }
    try check { () throws(Errno) in try file.setTimes(status.st_atim, status.st_mtim) }
  }

  private func own(_ status: stat, _ call: () throws(Errno) -> Void) throws(Failure) {
    do { try call() } catch {
      guard error.rawValue == EINVAL else { throw error.failure(subject) }
      throw Failure(
        .failed, subject, "its owner \(status.st_uid):\(status.st_gid) is none of this user namespace")
    }
  }
}

/// The attributes of a file, without overlayfs's own.
private struct Attributes {
  private var all: [(name: FileName, value: [UInt8])] = []

  init(of file: FileDescriptor) throws(Errno) {
    for name in try file.extendedAttributes() where !OverlayDialect.owns(name.bytes) {
      if let value = try file.extendedAttribute(name) { all.append((name, value)) }
    }
  }

  init(of entry: OverlayEntry) throws(Errno) {
    for name in try entry.place.extendedAttributes(of: entry.name) where !OverlayDialect.owns(name.bytes) {
      if let value = try entry.place.extendedAttribute(name, of: entry.name) { all.append((name, value)) }
    }
  }

  /// Has `set` set each; fine where that can't be here.
  func forEach(_ subject: String, _ set: (FileName, [UInt8]) throws(Errno) -> Void) throws(Failure) {
    for (name, value) in all {
      do { try set(name, value) } catch {
        if [EOPNOTSUPP, EPERM].contains(error.rawValue) { continue }
        throw error.failure(subject, doing: "attribute \(name.description.oneLine)")
      }
    }
  }
}
