import Glibc
import System

/// The way down through the layers to all files that lie under one path, as ovl_lookup() of the kernel goes it.
struct OverlayDescent {
  /// Where to look next, the topmost first, and under which path there: one name, unless a redirect leads elsewhere.
  private var parts: ArraySlice<OverlayPart>
  private var path: [FileName]
  private let roots: [OverlayPart]
  private let dialect: OverlayDialect

  init(into name: FileName, of directory: OverlayDirectory, from part: Int) {
    parts = directory.parts[part...]
    path = [name]
    roots = directory.roots
    dialect = directory.dialect
  }

  /// The next file down; nil at the end and at a whiteout.
  mutating func next() throws(Errno) -> OverlayEntry? {
    while let root = parts.popFirst() {
      guard let part = try walk(from: root), let name = path.last else { continue }
      let status: FileStatus
      do { status = try part.directory.status(of: name) } catch {
        if error.rawValue == ENOENT { continue }
        throw error
      }
      if try part.isWhiteout(name, status, dialect) { break }
      return OverlayEntry(place: part.directory, name: name, status: status, layer: part.layer)
    }
    parts = []
    return nil
  }

  /// Opens the directory that was found last, and takes account of what it is marked with.
  mutating func enter(_ entry: OverlayEntry) throws(Errno) -> OverlayPart {
    let directory = try entry.place.open(entry.name, O_RDONLY | O_DIRECTORY)
    let (part, isOpaque) = try OverlayPart.at(directory, layer: entry.layer, dialect)
    if isOpaque { parts = [] }
    // The lowest has nothing to be led to.
    if !isOpaque, entry.layer < roots.count - 1 {
      try follow(directory.extendedAttribute(dialect.redirect), from: entry.layer)
    }
    return part
  }

  /// Goes on below `layer` where the redirect of a file of that layer leads; nil leads nowhere else.
  mutating func follow(_ attribute: [UInt8]?, from layer: Int) throws(Errno) {
    guard let redirect = try redirect(attribute) else { return }
    if redirect.isAbsolute {
      parts = roots[(layer + 1)...]
      path = redirect.names
    } else {
      path = path.dropLast() + redirect.names
    }
  }

  /// The directory above the path's last name, in the layer of `root`; nil where it has none.
  private mutating func walk(from root: OverlayPart) throws(Errno) -> OverlayPart? {
    var part = root
    // The path in the layers below, where directories on the way are redirected themselves.
    var below: [FileName] = []
    var leads = true
    for name in path.dropLast() {
      let status: FileStatus
      do { status = try part.directory.status(of: name) } catch {
        if error.rawValue == ENOENT { return nil }
        throw error
      }
      guard status.kind == .directory else {
        parts = []
        return nil
      }
      let directory = try part.directory.open(name, O_RDONLY | O_DIRECTORY)
      let isOpaque: Bool
      (part, isOpaque) = try OverlayPart.at(directory, layer: root.layer, dialect)
      if isOpaque { leads = false }
      below.append(name)
      if let redirect = try redirect(directory.extendedAttribute(dialect.redirect)) {
        // An absolute one leads on even below an opaque directory.
        (below, leads) =
          redirect.isAbsolute ? (redirect.names, true) : (below.dropLast() + redirect.names, leads)
      }
    }
    if let last = path.last { path = below + [last] }
    if !leads { parts = [] }
    return part
  }

  /// What the attribute says; nil where it is not there or, in a mount with `userxattr`, does not count.
  ///
  /// - Throws: EINVAL where it is nothing that overlayfs would write.
  private func redirect(_ attribute: [UInt8]?) throws(Errno) -> (names: [FileName], isAbsolute: Bool)? {
    guard dialect == .trusted, let attribute else { return nil }
    let slash = UInt8(ascii: "/")
    let isAbsolute = attribute.first == slash
    let names = attribute.split(separator: slash).compactMap { FileName($0) }
    let isPath = names.count == 1 && !attribute.contains(slash) || isAbsolute && !names.isEmpty
    guard isPath, !attribute.contains(0), !names.contains(FileName(".")), !names.contains(FileName(".."))
    else {
      throw Errno(EINVAL)
    }
    return (names, isAbsolute)
  }
}
