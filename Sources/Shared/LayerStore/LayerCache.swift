import Glibc
import System

/// The layer store: unpacked layers, each once, shared by all images; a cache from which only `collect` takes.
///
/// Any number of threads and processes may use it at once. Killed at any system call, a process leaves nothing under
/// a layer's name that is not whole.
///
/// Its directories can be entered by their owner alone (0700): layers hold programs with set-user-ID bits that are as
/// old as the image and files that are private within it, and a stranger's lock on a layer would stop everybody.
/// overlayfs looks into them with the rights of who mounts, so that containers need none.
public final class LayerCache: Sendable {
  /// The absolute path, without symbolic links.
  public let path: String
  /// The path as the user gave it; the subject of every failure.
  let givenPath: String
  let directory: FileDescriptor

  /// The store at `path`, made with the directories above it if it is missing.
  ///
  /// - Throws: `denied` where it belongs to another user, who could give a layer any content.
  public init(_ path: String) throws(Failure) {
    givenPath = path
    let status: stat
    do throws(Errno) {
      directory = try Self.openOrCreate(path)
      status = try directory.status().raw
      self.path = try Self.absolute(path)
    } catch { throw error.failure(path) }
    guard status.st_uid == geteuid() else {
      throw Failure(.denied, path, "belongs to another user (\(status.st_uid))")
    }
    guard status.st_mode & S_IWOTH == 0 else {
      throw Failure(.denied, path, "can be written by every user (chmod o-w makes it safe)")
    }
  }

  private static func openOrCreate(_ path: String) throws(Errno) -> FileDescriptor {
    let flags = O_RDONLY | O_DIRECTORY
    do { return try FileDescriptor.open(path, flags) } catch {
      guard error.rawValue == ENOENT, !path.isEmpty else { throw error }
    }
    let trimmed = path.reversed().drop { $0 == "/" }
    let parent = String(trimmed.drop { $0 != "/" }.reversed())
    if !parent.isEmpty { try FileDescriptor.makeDirectories(parent) }
    let here = FileDescriptor(borrowing: AT_FDCWD)
    do { try here.makeDirectory(path, mode: 0o700) } catch { if error.rawValue != EEXIST { throw error } }
    return try FileDescriptor.open(path, flags)
  }

  private static func absolute(_ path: String) throws(Errno) -> String {
    guard let resolved = realpath(path, nil) else { throw Errno.current }
    defer { free(resolved) }
    guard let text = String(validatingCString: resolved) else { throw Errno(EILSEQ) }
    return text
  }
}

extension LayerCache {
  /// What lies beside the forms.
  enum Name {
    static let links = "l"
    static let empty = "empty"
    static let mounts = "mounts"
    /// In a form: what is being unpacked.
    static let new = ".new"
  }

  /// How names within the store are resolved: whoever put a symbolic link there, it is not followed.
  static let inside: FileDescriptor.Resolution = [.beneath, .noSymlinks]

  /// The failure that `error` means for this store; `what` says about which part of it.
  func failure(_ error: Errno, _ what: String? = nil) -> Failure {
    guard [ELOOP, ENOTDIR].contains(error.rawValue), let what else {
      return error.failure(givenPath, doing: what)
    }
    var failure = Failure(.invalid, givenPath, "\(what): something else is where a directory should be")
    failure.errno = error
    return failure
  }

  /// The directory `name` of the store, made if it is missing.
  func subdirectory(_ name: String) throws(Failure) -> FileDescriptor {
    do throws(Errno) { return try directory.privateSubdirectory(name) } catch { throw failure(error, name) }
  }

  /// The directory `place`; nil where there is none.
  func existing(_ place: String) throws(Failure) -> FileDescriptor? {
    do { return try directory.open(place, O_RDONLY | O_DIRECTORY, resolve: Self.inside) } catch {
      if error.rawValue == ENOENT { return nil }
      throw failure(error, place)
    }
  }
}

extension FileDescriptor {
  /// The directory `name` in this one, made for its owner alone if it is missing; never through a symbolic link.
  func privateSubdirectory(_ name: String) throws(Errno) -> FileDescriptor {
    let name = FileName(name)
    let flags = O_RDONLY | O_DIRECTORY
    while true {
      do { return try open(name, flags) } catch { if error.rawValue != ENOENT { throw error } }
      // Whoever has made it meanwhile may remove it again before it is opened.
      do { try makeDirectory(name, mode: 0o700) } catch { if error.rawValue != EEXIST { throw error } }
    }
  }

  /// Whether the path `name` below this directory still leads to the file that `descriptor` has open.
  func leads(_ name: String, to descriptor: FileDescriptor) throws(Errno) -> Bool {
    try status(ofOpen: descriptor, at: name) != nil
  }

  /// What the open file `descriptor` is, if `name` still leads to it.
  func status(ofOpen descriptor: FileDescriptor, at name: String) throws(Errno) -> FileStatus? {
    let open = try descriptor.status()
    do {
      let named = try status(of: name).raw
      return named.st_ino == open.raw.st_ino && named.st_dev == open.raw.st_dev ? open : nil
    } catch {
      if error.rawValue == ENOENT { return nil }
      throw error
    }
  }
}
