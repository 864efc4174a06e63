import Glibc
import System

/// Copies single files of a merged tree with all that they have, as overlayfs copies them up: owner, mode, times,
/// attributes without overlayfs's own, holes; blocks are shared where the file system can.
///
/// Attributes that the file system does not have or that only root may set are left out.
public struct OverlayFileCopy {
  /// Whether blocks may be shared; false once that failed.
  private var mayClone = true

  /// A copy of many files, all between the same two file systems.
  public init() {}

  /// Makes a file like `entry`, which is of `source` and no directory, under a name in `directory` that is free.
  ///
  /// False where it is a device that may not be made, in a user namespace.
  ///
  /// - Parameter subject: what the user calls the file.
  public mutating func copy(
    _ entry: OverlayEntry, of source: OverlayDirectory, to name: FileName, in directory: FileDescriptor,
    subject: String
  ) throws(Failure) -> Bool {
    guard entry.status.kind == .regular else { return try make(entry, as: name, in: directory, subject) }
    let content: FileDescriptor
    let file: FileDescriptor
    let attributes: [OverlayAttribute]
    do throws(Errno) {
      content = try source.open(entry)
      file = try directory.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      // What is nothing but a hole shows nothing of what the file system can.
      let hasBlocks = entry.status.raw.st_blocks > 0
      if mayClone, hasBlocks { mayClone = try file.clone(content) }
      if !mayClone || !hasBlocks { try file.copyBytes(of: content, size: entry.status.size) }
      // What is copied up without its content has its attributes in the upper layer.
      let isWhole = try content.status().raw.st_ino == entry.status.raw.st_ino
      attributes = try isWhole ? content.plainAttributes() : entry.plainAttributes()
    } catch { throw error.failure(subject) }
    try finish(file, like: entry.status.raw, attributes, subject)
    return true
  }

  /// Gives a new file or directory owner, mode, attributes and times, in this order: chown(2) takes away set-ID bits
  /// and capabilities.
  func finish(
    _ file: FileDescriptor, like status: stat, _ attributes: [OverlayAttribute], _ subject: String
  ) throws(Failure) {
    try own(status, subject) { () throws(Errno) in
      let made = try file.status().raw
      if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid) {
        try file.setOwner(status.st_uid, status.st_gid)
      }
    }
    do throws(Errno) { try file.setMode(status.st_mode & 0o7777) } catch { throw error.failure(subject) }
    try set(attributes, subject) { key, value throws(Errno) in try file.setExtendedAttribute(key, to: value) }
    do throws(Errno) { try file.setTimes(status.st_atim, status.st_mtim) } catch {
      throw error.failure(subject)
    }
  }

  /// Makes what has no content.
  private func make(
    _ entry: OverlayEntry, as name: FileName, in directory: FileDescriptor, _ subject: String
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
    try own(status, subject) { () throws(Errno) in
      try directory.setOwner(of: name, status.st_uid, status.st_gid)
    }
    let attributes: [OverlayAttribute]
    do throws(Errno) {
      if entry.status.kind != .symlink { try directory.setMode(of: name, status.st_mode & 0o7777) }
      attributes = try entry.plainAttributes()
    } catch { throw error.failure(subject) }
    try set(attributes, subject) { key, value throws(Errno) in
      try directory.setExtendedAttribute(key, of: name, to: value)
    }
    do throws(Errno) { try directory.setTimes(of: name, status.st_atim, status.st_mtim) } catch {
      throw error.failure(subject)
    }
    return true
  }

  private func own(
    _ status: stat, _ subject: String, _ call: () throws(Errno) -> Void
  ) throws(Failure) {
    do { try call() } catch {
      guard error.rawValue == EINVAL else { throw error.failure(subject) }
      throw Failure(
        .failed, subject, "its owner \(status.st_uid):\(status.st_gid) is none of this user namespace")
    }
  }

  private func set(
    _ attributes: [OverlayAttribute], _ subject: String,
    _ call: (FileName, [UInt8]) throws(Errno) -> Void
  ) throws(Failure) {
    for (name, value) in attributes {
      do { try call(name, value) } catch {
        if [EOPNOTSUPP, EPERM].contains(error.rawValue) { continue }
        throw error.failure(subject, doing: "attribute \(name.description.oneLine)")
      }
    }
  }
}
