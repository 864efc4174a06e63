import Glibc
import Overlay
import System

// Directories: found by the names of a path, made where no member names them, hidden from what is below.

extension LayerUnpacker {
  typealias Place = DirectoryTable.Place

  /// What is done where the layer has no directory of that name.
  enum Search {
    /// One is made, whatever is in its place; what is below says what it is like.
    case make
    /// One is made where there is one below.
    case find
    /// That is all: what is below is not asked for.
    case here
  }

  /// As many links as the kernel follows in one path (path_resolution(7)).
  private static let mostLinks = 40

  /// The parent and the last name of a path that has the same parent as the member before, and no whiteout.
  func nextToLast(_ path: [UInt8]) throws(Failure) -> (Place, ArraySlice<UInt8>)? {
    guard let recent, path.count > recent.path.count, path.count <= LayerPath.longest,
      path.starts(with: recent.path)
    else { return nil }
    var last = path[recent.path.count...]
    if last.last == UInt8(ascii: "/") { last.removeLast() }
    guard !last.isEmpty, last.count <= LayerPath.longestName, last[last.startIndex] != UInt8(ascii: "."),
      !last.contains(UInt8(ascii: "/"))
    else { return nil }
    return (recent.place, last)
  }

  /// Keeps the parent of `path` for the member that comes next.
  func remember(_ path: [UInt8], _ parent: Place) {
    var end = path.count
    while end > 0, path[end - 1] == UInt8(ascii: "/") { end -= 1 }
    // As the path may end in `x/.` or the like, only what is plain.
    guard let slash = path[..<end].lastIndex(of: UInt8(ascii: "/")), slash + 1 < end,
      path[slash + 1] != UInt8(ascii: ".")
    else { return recent = nil }
    recent = (path[...slash], parent)
  }

  /// The directory that these names lead to, links on the way followed inside the image; nil where there is none.
  func directory(_ names: ArraySlice<ArraySlice<UInt8>>, _ search: Search) throws(Failure) -> Place? {
    var place = 0
    var rest = Array(names.reversed())
    var links = 0
    while let part = rest.popLast() {
      if part.reads("..") {
        place = table[place].parent
        continue
      }
      let name = try FileName(checked: part)
      if let child = table.child(name, of: place) {
        place = child
        continue
      }
      switch try step(name, in: place, search, mayFollow: links < Self.mostLinks) {
      case nil: return nil
      case .directory(let child): place = child
      case .link(let target):
        links += 1
        if target.first == UInt8(ascii: "/") { place = 0 }
        rest += target.split(separator: UInt8(ascii: "/")).filter { !$0.reads(".") }.reversed()
        guard rest.count <= LayerPath.longest else { throw Failure(.invalid, "", "links lead too far") }
      }
    }
    return place
  }

  private enum Step {
    case directory(Place)
    case link([UInt8])
  }

  /// Where `name` leads, which is no directory of the layer yet.
  private func step(
    _ name: FileName, in place: Place, _ search: Search, mayFollow: Bool
  ) throws(Failure) -> Step? {
    let descriptor = try check { () throws(Errno) in try table.descriptor(place) }
    if let status = try status(of: name, in: descriptor) {
      if status.kind == .symlink, mayFollow {
        return .link(try check { () throws(Errno) in try descriptor.target(of: name) }.bytes)
      }
      guard case .make = search else { return nil }
      return .directory(try makeAnew(name, in: place))
    }
    if case .here = search { return nil }
    guard let lower = try lower(place), let entry = try check({ () throws(Errno) in try lower.entry(name) })
    else {
      guard case .make = search else { return nil }
      return .directory(try makeDirectory(name, in: place))
    }
    switch entry.status.kind {
    case .symlink where mayFollow:
      follow(name, in: place)
      return .link(try check { () throws(Errno) in try entry.place.target(of: name) }.bytes)
    case .directory:
      let child = try makeDirectory(name, in: place)
      try keep(look(of: entry), of: child)
      return .directory(child)
    default:
      guard case .make = search else { return nil }
      return .directory(try makeDirectory(name, in: place))
    }
  }

  /// Notes that a path of the layer leads on by way of the link `name` that is below.
  private func follow(_ name: FileName, in place: Place) {
    followed.insert(LayerSpot(parent: place, name: name))
    var place = place
    while !table[place].hasFollowed {
      table[place].hasFollowed = true
      place = table[place].parent
    }
  }

  /// What is below a directory of the layer; nil where nothing is, or it is hidden.
  func lower(_ place: Place) throws(Failure) -> OverlayDirectory? {
    var names: [FileName] = []
    var ancestor = place
    while true {
      if table[ancestor].isOpaque { return nil }
      if ancestor == 0 { break }
      names.append(table[ancestor].name)
      ancestor = table[ancestor].parent
    }
    var directory = try lowerRoot()
    while let found = directory, let name = names.popLast() {
      directory = try check { () throws(Errno) in try found.directory(name) }
    }
    return directory
  }

  /// Makes or, where it is there, describes a directory.
  func putDirectory(_ entry: LayerEntry, _ name: FileName, in parent: Place) throws(Failure) {
    if let child = table.child(name, of: parent) { return try dress(child, as: entry) }
    let descriptor = try check { () throws(Errno) in try table.descriptor(parent) }
    let isTaken = try status(of: name, in: descriptor) != nil
    try dress(isTaken ? makeAnew(name, in: parent) : makeDirectory(name, in: parent), as: entry)
  }

  func makeDirectory(_ name: FileName, in parent: Place) throws(Failure) -> Place {
    let length = table[parent].length + name.count + 1
    guard length <= LayerPath.longest else { throw Failure(.invalid, "", "directories lie too deep") }
    try spend(1)
    try check { () throws(Errno) in
      try table.descriptor(parent).makeDirectory(name, mode: 0o700)
    }
    return table.add(name, to: parent, length: length)
  }

  /// Makes a directory in place of something else, so that it is none that is below.
  private func makeAnew(_ name: FileName, in parent: Place) throws(Failure) -> Place {
    try remove(name, in: parent)
    let place = try makeDirectory(name, in: parent)
    table[place].isAnew = true
    try makeOpaque(place)
    return place
  }

  /// Hides what is below a directory.
  func makeOpaque(_ place: Place) throws(Failure) {
    if table[place].isOpaque { return }
    if table[place].hasFollowed { throw Self.hidesTheWay }
    table[place].isOpaque = true
    try check { () throws(Errno) in
      try table.descriptor(place).setExtendedAttribute(dialect.opaque, to: [UInt8(ascii: "y")])
    }
  }

  /// Hides the file or directory `name` that is below; what the layer itself has of that name stays.
  func whiteOut(_ name: FileName, in parent: Place) throws(Failure) {
    if followed.contains(LayerSpot(parent: parent, name: name)) { throw Self.hidesTheWay }
    if let child = table.child(name, of: parent) {
      table[child].isAnew = true
      return try makeOpaque(child)
    }
    do { try table.descriptor(parent).makeNode(name, mode: S_IFCHR) } catch {
      if error.rawValue != EEXIST { try check { () throws(Errno) in throw error } }
    }
  }

  /// Had the whiteout come first, the members before it would be somewhere else; their tar is not read again.
  private static var hidesTheWay: Failure {
    Failure(.invalid, "", "a whiteout of a link by way of which files of the same layer came")
  }

  /// Removes what the layer has had under a name.
  func remove(_ name: FileName, in parent: Place) throws(Failure) {
    recent = nil
    if let child = table.child(name, of: parent) {
      table.remove(child)
      try check { () throws(Errno) in try table.descriptor(parent).removeTree(name) }
    } else {
      try check { () throws(Errno) in try table.descriptor(parent).unlink(name) }
    }
  }

  /// What the layer has under a name; nil where it has nothing.
  func status(of name: FileName, in directory: FileDescriptor) throws(Failure) -> FileStatus? {
    do { return try directory.status(of: name) } catch {
      if error.rawValue == ENOENT { return nil }
      return try check { () throws(Errno) in throw error }
    }
  }
}
