import Overlay
import System

extension FileTree {
  /// What is found under a path.
  enum Found {
    case directory(FileTree)
    /// A file of another kind, and the directory in which it lies.
    case file(OverlayEntry, FileTree)
  }

  /// How many links are followed in one path (path_resolution(7)).
  private static let linkLimit = 40

  /// What the names lead to from this root, links followed: absolute ones and `..` within it, as a process with this
  /// root would find it.
  ///
  /// Nil where nothing is, or it is left out.
  func find(_ names: [[UInt8]]) throws(Failure) -> Found? {
    let slash = UInt8(ascii: "/")
    func start() -> OpenWay<FileTree> {
      OpenWay(self) { (name, tree) throws(Failure) in try tree.subdirectory(name) }
    }
    var way = start()
    var rest = names[...]
    var links = 0
    while let component = rest.popFirst() {
      if component.isEmpty || component == [UInt8(ascii: ".")] { continue }
      if component == Array("..".utf8) {
        way.leave()
        continue
      }
      let place = try way.last()
      guard let name = FileName(component), let member = try place.member(name) else { return nil }
      switch member.entry.status.kind {
      case .directory:
        guard let below = try place.subdirectory(of: member) else { return nil }
        way.enter(name, below)
        if rest.isEmpty, member.keeping == .onlyAbove, try !below.hasKept() { return nil }
      case .symlink:
        links += 1
        guard links <= Self.linkLimit else { return nil }
        let target = try place.target(of: member.entry)
        if target.first == slash { way = start() }
        rest = target.split(separator: slash).map { Array($0) }[...] + rest
      default:
        return rest.isEmpty ? .file(member.entry, place) : nil
      }
    }
    return .directory(try way.last())
  }

  /// Whether there is something under the path, no link in it followed.
  func has(_ names: ArraySlice<[UInt8]>) throws(Failure) -> Bool {
    var place = self
    for (index, bytes) in zip(names.indices, names) {
      guard let name = FileName(bytes), let member = try place.member(name) else { return false }
      let isLast = index == names.endIndex - 1
      if isLast && member.keeping == .kept { return true }
      guard member.entry.status.kind == .directory, let below = try place.subdirectory(of: member) else {
        return false
      }
      if isLast { return try below.hasKept() }
      place = below
    }
    return true
  }

  /// The target of a symbolic link.
  func target(of link: OverlayEntry) throws(Failure) -> [UInt8] {
    try check(link.name) { () throws(Errno) in try link.place.target(of: link.name) }.bytes
  }
}
