import Glibc
import System

/// A directory where something is mounted.
///
/// It is told by its name in the directory above, which is held: a descriptor of the mount itself would keep it busy.
struct MountedDirectory {
  private let path: String
  private let above: FileDescriptor
  private let name: String

  /// The directory `path`, an absolute path without symbolic links.
  ///
  /// - Throws: `notFound` where nothing is mounted there, or it has come to be a symbolic link.
  init(_ path: String) throws(Failure) {
    self.path = path
    let end = path.lastIndex(of: "/") ?? path.startIndex
    name = String(path[end...].dropFirst())
    let isMount: Bool
    do throws(Errno) {
      let root = try FileDescriptor.openDirectory("/")
      above =
        end == path.startIndex
        ? root
        : try root.open(
          String(path[..<end].drop { $0 == "/" }), O_RDONLY | O_DIRECTORY, resolve: [.inRoot, .noSymlinks])
      isMount = try above.open(FileName(name), O_RDONLY | O_DIRECTORY).mountLocation().isRoot
    } catch {
      if [ELOOP, ENOENT, ENOTDIR].contains(error.rawValue) { throw Self.nothing(path) }
      throw error.failure(path)
    }
    guard isMount else { throw Self.nothing(path) }
  }

  private static func nothing(_ path: String) -> Failure {
    Failure(.notFound, path, "nothing is mounted there")
  }

  /// A path for programs that nobody can turn elsewhere as long as this lives.
  var safePath: String { "\(above.magicPath)/\(name)" }

  /// Takes it off now, and ends it when nobody uses it any more (umount2(2) with MNT_DETACH).
  func detach() throws(Errno) { try System.unmount(safePath, lazily: true) }

  /// Takes it off (umount2(2)).
  func unmount() throws(Failure) {
    do { try System.unmount(safePath) } catch {
      switch error.rawValue {
      case EBUSY: throw Failure(.failed, path, "busy: a file or directory of it is in use")
      case EINVAL: throw Self.nothing(path)
      default: throw error.failure(path, doing: "unmounting")
      }
    }
  }
}
