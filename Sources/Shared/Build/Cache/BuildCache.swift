import Glibc
import Image
import Layout
import System

/// What builds have made, in a directory one can look at: images of steps, what they were made of, digests of files,
/// cache mounts.
///
/// Any number of builds may use it at once. Nothing in it has to last: what is damaged or missing is made again.
///
/// ```
/// images/      a layout: images after steps, without names; base images, with names
/// steps/KEY    a record for each step
/// contents/KEY what a step copied last
/// files        digests of files
/// mounts/ID/   cache mounts
/// ```
public final class BuildCache: Sendable {
  /// Its path, as the user gave it.
  public let path: String
  /// The images of steps and bases.
  public let images: LayoutDirectory
  /// Digests of files that need not be read again.
  let files: FileDigests
  let directory: FileDescriptor
  /// While it lives, nothing is pruned from `images`.
  private let lease: LayoutDirectory.Lease
  /// The images of this build's steps, which its end makes known.
  let made = Monitor<[Descriptor]>([])

  /// How names in it are resolved: whoever put a symbolic link there, it is not followed.
  static let inside: FileDescriptor.Resolution = [.beneath, .noSymlinks]

  enum Name {
    static let images = "images"
    static let steps = "steps"
    static let contents = "contents"
    static let files = "files"
    static let mounts = "mounts"
  }

  /// The cache at `path`, made with the directories above it if it is missing.
  ///
  /// - Throws: `denied` where it belongs to another user, who could give a step any result.
  public init(_ path: String) throws(Failure) {
    self.path = path
    directory = try Self.open(path)
    images = try Self.images(path, directory)
    lease = try images.beginWriting()
    files = FileDigests(in: directory, path: path)
  }

  static func open(_ path: String) throws(Failure) -> FileDescriptor {
    let status: stat
    let directory: FileDescriptor
    do throws(Errno) {
      let slash = path.lastIndex(of: "/")
      if let slash, slash > path.startIndex { try FileDescriptor.makeDirectories(String(path[..<slash])) }
      let here = FileDescriptor(borrowing: AT_FDCWD)
      do { try here.makeDirectory(path, mode: 0o700) } catch { if error.rawValue != EEXIST { throw error } }
      directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
      status = try directory.status().raw
    } catch { throw error.failure(path) }
    guard status.st_uid == geteuid() else {
      throw Failure(.denied, path, "belongs to another user (\(status.st_uid))")
    }
    guard status.st_mode & S_IWOTH == 0 else {
      throw Failure(.denied, path, "can be written by every user (chmod o-w makes it safe)")
    }
    return directory
  }

  /// The layout; one that is damaged, as after a loss of power, is thrown away.
  private static func images(_ path: String, _ directory: FileDescriptor) throws(Failure) -> LayoutDirectory {
    let place = "\(path)/\(Name.images)"
    do {
      let layout = try LayoutDirectory.openOrCreate(place)
      _ = try layout.index()
      return layout
    } catch {
      guard error.kind == .invalid else { throw error }
      do throws(Errno) {
        // Two that find it damaged: the second sees what the first made.
        let lock = try directory.open(".", O_RDONLY | O_DIRECTORY)
        try lock.lock(.exclusive)
        if (try? LayoutDirectory.open(place).index()) == nil {
          try directory.removeTree(FileName(Name.images))
        }
        withExtendedLifetime(lock) {}
      } catch { throw error.failure(path, doing: "removing a damaged \(Name.images)") }
      return try .openOrCreate(place)
    }
  }

  func failure(_ error: Errno, _ what: String) -> Failure { error.failure("\(path)/\(what)") }
}

extension BuildCache {
  /// How long, in seconds, a mark of use is good enough.
  private static let markLifetime = 60

  /// The result of the step of `key`, if all of it is here; marks it as used now.
  ///
  /// What can't be read or understood is as good as missing.
  func record(_ key: StepKey) -> StepRecord? {
    let place = "\(Name.steps)/\(key)"
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    guard let file = try? directory.open(place, flags, resolve: Self.inside),
      let status = try? file.status(), status.kind == .regular,
      let bytes = try? file.readToEnd(limit: StepRecord.sizeLimit),
      let record = StepRecord(bytes, of: key), images.contains(record.image),
      record.layer.map({ images.contains($0.blob) }) ?? true
    else { return nil }
    if time(nil) - status.raw.st_mtim.tv_sec > Self.markLifetime {
      // Refused on a read-only disk, from which nothing is pruned either.
      futimens(file.number, nil)
    }
    return record
  }

  /// Keeps the result of the step of `key`, whose layer and image are in `images`.
  func write(_ record: StepRecord, _ key: StepKey) throws(Failure) {
    try write(record.document(key), Name.steps, key)
  }

  /// Writes a file of a step.
  func write(_ bytes: [UInt8], _ kind: String, _ key: StepKey) throws(Failure) {
    do throws(Errno) {
      _ = try directory.subdirectory(kind)
      try AtomicFile.write(bytes, to: "\(path)/\(kind)/\(key)")
    } catch { throw failure(error, kind) }
  }
}
