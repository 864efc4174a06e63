import Glibc
import System

/// A directory as overlayfs merges it out of several: names of upper ones hide those of lower ones, whiteouts
/// hide and are hidden, opaque directories end the merge.
///
/// What overlayfs left in an upper directory is followed: redirects, and files whose content still lies below
/// (`metacopy`). Unlike in a mount, a root that is opaque ends the merge, too: there overlayfs takes no notice of it,
/// and the lower layers have to be left out.
public struct OverlayDirectory: Sendable {
  /// The directories that merge, the topmost first; never empty.
  let parts: [OverlayPart]
  /// The roots of all layers, the topmost first: where a redirect begins.
  let roots: [OverlayPart]
  /// How they are marked.
  public let dialect: OverlayDialect

  /// The directories of the same path that merge, the topmost first; never empty.
  public var places: [FileDescriptor] { parts.map(\.directory) }

  /// The root of layers, the topmost first, at least one.
  public init(roots: [FileDescriptor], dialect: OverlayDialect) throws(Errno) {
    precondition(!roots.isEmpty)
    var parts: [OverlayPart] = []
    for (layer, root) in roots.enumerated() {
      let (part, isOpaque) = try OverlayPart.at(root, layer: layer, dialect)
      parts.append(part)
      if isOpaque { break }
    }
    self.init(parts: parts, roots: parts, dialect: dialect)
  }

  /// Changes on top of what is `below`, if anything is; these are the roots.
  public init(
    upper: FileDescriptor, on below: OverlayDirectory?, dialect: OverlayDialect
  ) throws(Errno) {
    try self.init(roots: [upper] + (below?.places ?? []), dialect: dialect)
  }

  init(parts: [OverlayPart], roots: [OverlayPart], dialect: OverlayDialect) {
    self.parts = parts
    self.roots = roots
    self.dialect = dialect
  }
}

/// What a merged directory has under a name: a file of one of its places.
public struct OverlayEntry: Sendable {
  /// The directory in which it lies.
  public let place: FileDescriptor
  /// Its name there.
  public let name: FileName
  /// What it is.
  public let status: FileStatus
  /// The layer it is of.
  let layer: Int
}

extension OverlayDirectory {
  /// What is under `name`; nil where nothing is, or it is whited out.
  public func entry(_ name: FileName) throws(Errno) -> OverlayEntry? { try entry(name, from: 0) }

  /// The directory under `name`, merged; nil where there is none (a symbolic link is none).
  public func directory(_ name: FileName) throws(Errno) -> OverlayDirectory? { try directory(name, from: 0) }

  /// The same, where no part above that number has anything of that name.
  func entry(_ name: FileName, from part: Int) throws(Errno) -> OverlayEntry? {
    var descent = OverlayDescent(into: name, of: self, from: part)
    return try descent.next()
  }

  /// The same, where no part above that number has anything of that name.
  func directory(_ name: FileName, from part: Int) throws(Errno) -> OverlayDirectory? {
    var descent = OverlayDescent(into: name, of: self, from: part)
    var found: [OverlayPart] = []
    // Below a file of another kind nothing merges.
    while let entry = try descent.next(), entry.status.kind == .directory {
      found.append(try descent.enter(entry))
    }
    return found.isEmpty ? nil : OverlayDirectory(parts: found, roots: roots, dialect: dialect)
  }

  /// All names, those whited out left out, sorted by their bytes.
  public func names() throws(Errno) -> [FileName] { try members().map(\.name) }

  /// All names, and the number of the part that has each topmost.
  func members() throws(Errno) -> [(name: FileName, part: Int)] {
    var members: [(name: FileName, part: Int)] = []
    // What one directory has alone needs no set.
    var seen: Set<FileName> = []
    for (index, part) in parts.enumerated() {
      for (name, kind) in try part.directory.listing() {
        if index > 0, seen.contains(name) { continue }
        if index < parts.count - 1 { seen.insert(name) }
        if part.mayBeWhiteout(kind), try isWhiteout(name, part) { continue }
        members.append((name, index))
      }
    }
    if parts.count > 1 { members.sort { $0.name < $1.name } }
    return members
  }

  private func isWhiteout(_ name: FileName, _ part: OverlayPart) throws(Errno) -> Bool {
    do { return try part.isWhiteout(name, part.directory.status(of: name), dialect) } catch {
      // Gone since it was listed.
      if error.rawValue == ENOENT { return true }
      throw error
    }
  }

  /// Opens a regular file of this directory for reading; where overlayfs copied up nothing but its attributes, the
  /// file below that has the content.
  public func open(_ entry: OverlayEntry) throws(Errno) -> FileDescriptor {
    let flags = O_RDONLY | O_NONBLOCK
    let file = try entry.place.open(entry.name, flags)
    guard dialect == .trusted, entry.layer < roots.count - 1,
      try file.extendedAttribute(dialect.metacopy) != nil
    else {
      return file
    }
    var descent = OverlayDescent(into: entry.name, of: self, from: 0)
    while let found = try descent.next(), found.status.kind == .regular {
      if try found.place.extendedAttribute(dialect.metacopy, of: found.name) == nil {
        return try found.place.open(found.name, flags)
      }
      try descent.follow(found.place.extendedAttribute(dialect.redirect, of: found.name), from: found.layer)
    }
    // As overlayfs has it for an upper directory without its lower ones.
    throw Errno(EIO)
  }
}
