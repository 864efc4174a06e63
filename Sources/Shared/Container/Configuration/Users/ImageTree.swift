import Glibc
import Overlay
import System

/// The files of an image before anything is mounted, found as a process in it would find them.
public enum ImageTree: Sendable {
  /// A directory that is the root.
  case directory(FileDescriptor)
  /// Layers that would be merged.
  case layers(OverlayDirectory)

  /// What the kernel follows in one path (path_resolution(7)).
  private static let linkLimit = 40

  /// The content of the regular file at `path`, at most `limit` bytes.
  ///
  /// Links are followed within the image only.
  ///
  /// - Throws: ENOENT or ENOTDIR where there is none; EINVAL where it is something else, or larger; ELOOP.
  func content(of path: String, limit: Int) throws(Errno) -> [UInt8] {
    let file: FileDescriptor
    switch self {
    case .directory(let root):
      let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
      file = try root.open(path, flags, resolve: [.inRoot, .noMagicLinks])
    case .layers(let root): file = try Self.open(path, in: root)
    }
    guard let bytes = try file.regularContent(limit: limit) else { throw Errno(EINVAL) }
    return bytes
  }

  private static func open(_ path: String, in root: OverlayDirectory) throws(Errno) -> FileDescriptor {
    let slash = UInt8(ascii: "/")
    var way = [root]
    var rest = path.utf8.split(separator: slash).map { Array($0) }[...]
    var links = 0
    while let component = rest.popFirst() {
      if component == [UInt8(ascii: ".")] { continue }
      if component == Array("..".utf8) {
        if way.count > 1 { way.removeLast() }
        continue
      }
      let directory = way[way.count - 1]
      guard let name = FileName(component), let entry = try directory.entry(name) else {
        throw Errno(ENOENT)
      }
      switch entry.status.kind {
      case .symlink:
        links += 1
        guard links <= linkLimit else { throw Errno(ELOOP) }
        let target = try entry.place.target(of: entry.name).bytes
        if target.first == slash { way = [root] }
        rest = target.split(separator: slash).map { Array($0) }[...] + rest
      case .directory:
        guard let next = try directory.directory(name) else { throw Errno(ENOENT) }
        way.append(next)
      case .regular:
        guard rest.isEmpty else { throw Errno(ENOTDIR) }
        return try directory.open(entry)
      default: throw Errno(EINVAL)
      }
    }
    throw Errno(EINVAL)
  }
}
