import Glibc
import Overlay
import System

/// A layer of the runner's own between an image and what is changed: it has what is to be there for mounts, or is not
/// to be seen.
///
/// So nothing of that is among the changes. Directories that the image has look in it as they do there.
struct SketchLayer {
  /// What is put at a path.
  enum Kind {
    /// An empty directory.
    case directory
    /// An empty file.
    case file
    /// Nothing, whatever lies below.
    case whiteout
  }

  private let root: FileDescriptor
  private let view: OverlayDirectory?
  /// The directories that were made like those of the image: they get its times when nothing is put into them any more.
  private var dressed: [[FileName]: stat] = [:]
  /// Whether nothing is in it.
  private(set) var isEmpty = true

  /// A layer in the empty directory at `path`, to lie on top of `view`.
  init(at path: String, over view: OverlayDirectory?) throws(Failure) {
    do { root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) } catch {
      throw error.failure(path)
    }
    self.view = view
    guard let view else { return }
    do { try dress(root, [], like: view) } catch { throw error.failure("/") }
  }

  /// Provides for a mount on `path`, an absolute one, if nothing is there: a file, or else a directory.
  ///
  /// What is there in a wrong way (a file on the way) is for the mount to fail of.
  mutating func provide(_ path: String, isFile: Bool) throws(Failure) {
    var missing = path.split(separator: "/").map { FileName(String($0)) }
    var (names, directories): ([FileName], [OverlayDirectory]) = ([], [])
    if let view {
      guard let found = try? MergedPath(path, in: view) else { return }
      (missing, names, directories) = (found.missing, found.names, Array(found.directories.dropFirst()))
    }
    guard let last = missing.popLast() else { return }
    try put(isFile ? .file : .directory, last, in: names, directories, missing, subject: path)
  }

  /// Hides what lies at the path of these names, none of which is a symbolic link.
  mutating func hide(_ names: [FileName]) throws(Failure) {
    let path = names.map(\.description).joined(separator: "/").oneLine
    guard let last = names.last, var directory = view else { return }
    var directories: [OverlayDirectory] = []
    for name in names.dropLast() {
      let next: OverlayDirectory?
      do { next = try directory.directory(name) } catch { throw error.failure(path) }
      // Gone meanwhile, so that there is nothing to hide.
      guard let next else { return }
      directories.append(next)
      directory = next
    }
    try put(.whiteout, last, in: Array(names.dropLast()), directories, [], subject: path)
  }

  /// Sets the times of directories; nothing is put into it any more.
  func finish() throws(Failure) {
    do throws(Errno) {
      for (names, status) in dressed {
        var place = root
        for name in names { place = try place.open(name, O_RDONLY | O_DIRECTORY) }
        try place.setTimes(status.st_atim, status.st_mtim)
      }
    } catch { throw error.failure("/") }
  }

  private mutating func put(
    _ kind: Kind, _ name: FileName, in names: [FileName], _ directories: [OverlayDirectory],
    _ missing: [FileName], subject: String
  ) throws(Failure) {
    do throws(Errno) {
      var place = root
      var path: [FileName] = []
      for (name, directory) in zip(names, directories) {
        path.append(name)
        place = try Self.enter(name, in: place)
        if dressed[path] == nil { try dress(place, path, like: directory) }
      }
      for name in missing { place = try Self.enter(name, in: place) }
      switch kind {
      case .directory: _ = try Self.enter(name, in: place)
      case .file: try place.open(name, O_WRONLY | O_CREAT, mode: 0o644).setMode(0o644)
      case .whiteout: try place.makeNode(name, mode: S_IFCHR)
      }
      isEmpty = false
    } catch { throw error.failure(subject) }
  }

  private static func enter(_ name: FileName, in place: FileDescriptor) throws(Errno) -> FileDescriptor {
    var isNew = true
    do { try place.makeDirectory(name, mode: 0o755) } catch {
      guard error.rawValue == EEXIST else { throw error }
      isNew = false
    }
    let directory = try place.open(name, O_RDONLY | O_DIRECTORY)
    // What the umask took.
    if isNew { try directory.setMode(0o755) }
    return directory
  }

  private mutating func dress(
    _ place: FileDescriptor, _ names: [FileName], like directory: OverlayDirectory
  ) throws(Errno) {
    let model = directory.places[0]
    let status = try model.status().raw
    do { try place.setOwner(status.st_uid, status.st_gid) } catch {
      // Of a user of the host's who is none of this user namespace.
      if ![EINVAL, EPERM].contains(error.rawValue) { throw error }
    }
    try place.setMode(status.st_mode & 0o7777)
    for (key, value) in try model.plainAttributes() {
      // Some are set by root alone.
      do { try place.setExtendedAttribute(key, to: value) } catch {
        if ![EOPNOTSUPP, EPERM].contains(error.rawValue) { throw error }
      }
    }
    dressed[names] = status
  }
}
