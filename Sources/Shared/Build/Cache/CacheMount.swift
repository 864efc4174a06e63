import Dockerfile
import Glibc
import Image
import System
import Verification

/// A directory that RUN steps keep things in from one build to the next (`RUN --mount=type=cache`), held as its sharing
/// says until this goes.
final class CacheMount: Sendable {
  /// Its path.
  let path: String
  /// It, opened, with the lock that holds it.
  let directory: FileDescriptor
  /// Whether nothing is in it, so that it may be given a first content.
  let isEmpty: Bool

  init(path: String, _ directory: FileDescriptor, isEmpty: Bool) {
    self.path = path
    self.directory = directory
    self.isEmpty = isEmpty
  }

  /// The name of the directory of a cache called `id`: the same for no two, and fit to be looked for.
  ///
  /// Other bytes than letters, digits, `_`, `-` and dots become `%XX`, and so does a dot at the beginning.
  static func name(of id: String) -> String {
    var name = ""
    for byte in id.utf8 {
      let isPlain =
        ("a"..."z").contains(byte) || ("A"..."Z").contains(byte) || ("0"..."9").contains(byte)
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: ".") && !name.isEmpty
      if isPlain {
        name.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        name += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    // NAME_MAX, and room for the number of a copy. No byte becomes `%` with a letter that is no digit.
    if name.utf8.count > 200 { return "\(name.prefix(100))%sha256-\(Digest.of(Array(id.utf8)).hex)" }
    return name.isEmpty ? "%empty" : name
  }
}

extension ClosedRange where Bound == Unicode.Scalar {
  fileprivate func contains(_ byte: UInt8) -> Bool { contains(Unicode.Scalar(byte)) }
}

extension BuildCache {
  /// How a new cache mount looks.
  struct MountLook: Sendable {
    var mode: mode_t = 0o755
    var user: uid_t = 0
    var group: gid_t = 0
  }

  /// The cache mount called `id`, made if it is missing.
  ///
  /// - Parameter sharing: `shared` with all, `locked`: waits until nobody else has it, `private`: another directory
  ///   where somebody has it.
  func mount(
    _ id: String, sharing: RunMount.Sharing, look: MountLook = MountLook()
  ) throws(Failure) -> CacheMount {
    let name = CacheMount.name(of: id)
    do throws(Errno) {
      let mounts = try directory.subdirectory(Name.mounts)
      switch sharing {
      case .shared:
        if let mount = try mount(name, in: mounts, .shared, waiting: true, look) { return mount }
      case .locked:
        if let mount = try mount(name, in: mounts, .exclusive, waiting: true, look) { return mount }
      case .private:
        for number in 1...10_000 {
          let name = number == 1 ? name : "\(name)%copy\(number)"
          if let mount = try mount(name, in: mounts, .exclusive, waiting: false, look) { return mount }
        }
      }
      throw Errno(EMFILE)
    } catch { throw failure(error, "\(Name.mounts)/\(name)") }
  }

  /// The directory `name`, locked; nil where another has it and one is not to wait.
  private func mount(
    _ name: String, in mounts: FileDescriptor, _ lock: FileDescriptor.LockKind, waiting: Bool,
    _ look: MountLook
  ) throws(Errno) -> CacheMount? {
    while true {
      do { try mounts.makeDirectory(name, mode: 0o700) } catch { if error.rawValue != EEXIST { throw error } }
      let directory: FileDescriptor
      do {
        directory = try mounts.open(FileName(name), O_RDONLY | O_DIRECTORY)
        try directory.lock(lock, waiting: waiting)
      } catch {
        if error.rawValue == ENOENT { continue }
        if error.rawValue == EWOULDBLOCK { return nil }
        throw error
      }
      // Who pruned may have had it until now.
      guard let there = try? mounts.status(of: name), try there.isSame(as: directory.status()) else {
        continue
      }
      let isEmpty = try directory.names().isEmpty
      if isEmpty {
        try directory.setOwner(look.user, look.group)
        try directory.setMode(look.mode)
      }
      // When it was last of use.
      futimens(directory.number, nil)
      return CacheMount(path: "\(path)/\(Name.mounts)/\(name)", directory, isEmpty: isEmpty)
    }
  }
}

extension FileStatus {
  /// Whether both are of the same file.
  func isSame(as other: FileStatus) -> Bool {
    raw.st_ino == other.raw.st_ino && raw.st_dev == other.raw.st_dev
  }
}
