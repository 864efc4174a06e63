import Glibc
import Overlay
import System

/// Where a path leads in merged layers, as a process that has them for its root would go it (path_resolution(7)).
struct MergedPath {
  /// The directories on the way, the root first.
  private(set) var directories: [OverlayDirectory]
  /// Their names, without the root's: no symbolic link is among them.
  private(set) var names: [FileName] = []
  /// What is at the end, where that is no directory.
  private(set) var file: OverlayEntry?
  /// What of the path is not there: nothing links to or from it.
  private(set) var missing: [FileName] = []

  /// What the kernel follows in one path.
  private static let linkLimit = 40

  /// Goes `path` from `root` on.
  ///
  /// - Throws: ENOTDIR where a file is on the way; ELOOP.
  init(_ path: String, in root: OverlayDirectory) throws(Errno) {
    directories = [root]
    let slash = UInt8(ascii: "/")
    var rest = path.utf8.split(separator: slash).map { Array($0) }[...]
    var links = 0
    while let component = rest.popFirst() {
      if component == [UInt8(ascii: ".")] { continue }
      if component == Array("..".utf8) {
        goUp()
        continue
      }
      guard let name = FileName(component) else { throw Errno(EINVAL) }
      guard missing.isEmpty, let directory = directories.last, let entry = try directory.entry(name) else {
        missing.append(name)
        continue
      }
      switch entry.status.kind {
      case .symlink:
        links += 1
        guard links <= Self.linkLimit else { throw Errno(ELOOP) }
        let target = try entry.place.target(of: entry.name).bytes
        if target.first == slash { (directories, names) = ([root], []) }
        rest = target.split(separator: slash).map { Array($0) }[...] + rest
      case .directory:
        guard let next = try directory.directory(name) else { throw Errno(ENOENT) }
        directories.append(next)
        names.append(name)
      default:
        guard rest.isEmpty else { throw Errno(ENOTDIR) }
        file = entry
        names.append(name)
      }
    }
  }

  private mutating func goUp() {
    if missing.popLast() != nil { return }
    guard directories.count > 1 else { return }
    directories.removeLast()
    names.removeLast()
  }
}
