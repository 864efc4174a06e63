import Glibc
import System

/// Copies a merged tree to a plain directory, with all that its files have (``OverlayFileCopy``), hard links among it.
///
/// Nobody else writes to the directory meanwhile. As where layers are unpacked, devices that may not be made, in a user
/// namespace, are left out.
public final class OverlayCopy {
  /// A file, wherever its names are.
  private struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  private let name: String
  private let root: FileDescriptor
  /// The path of the file at hand, from the root.
  private var path: [UInt8] = []
  /// Where files lie that have further names still to come.
  private var links: [Identity: (path: FileName, missing: nlink_t)] = [:]
  private var files = OverlayFileCopy()

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
    if try files.copy(entry, of: source, to: name, in: directory, subject: subject) { remember(entry) }
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

  private func finish(_ directory: FileDescriptor, like source: OverlayDirectory) throws(Failure) {
    let (status, attributes) = try check { () throws(Errno) in
      (try source.places[0].status().raw, try source.places[0].plainAttributes())
    }
    try files.finish(directory, like: status, attributes, subject)
  }
}
