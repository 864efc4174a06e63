import Glibc

/// A file that appears under its name, in place of an older one, only when it is whole.
///
/// Until `commit()` it has no name, so that nothing of it outlives the process, however that ends; where the file
/// system has no O_TMPFILE it has a temporary one beside the path. What exists and is no regular file (a device, a
/// fifo, /dev/stdout) is written directly. A symbolic link stays, and the file it leads to is replaced.
public final class AtomicFile {
  /// Where to write; readable too, unless it is no regular file.
  public let descriptor: FileDescriptor
  /// Where the file will appear; nil where it is written directly.
  let place: (directory: FileDescriptor, name: String)?
  private var temporary: String?

  /// Begins a file for `path`, with the mode that the umask leaves of 0666.
  public convenience init(_ path: String) throws(Errno) { try self.init(path, unnamed: true) }

  /// The same; without `unnamed`, as in a file system that has no O_TMPFILE.
  init(_ path: String, unnamed: Bool) throws(Errno) {
    guard let path = try Self.replaceable(path) else {
      descriptor = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY)
      place = nil
      return
    }
    let slash = path.lastIndex(of: "/")
    let name = String(path[(slash.map { path.index(after: $0) } ?? path.startIndex)...])
    guard !name.isEmpty else { throw Errno(path.isEmpty ? ENOENT : EISDIR) }
    let parent = slash.map { String(path[...$0]) } ?? "."
    let directory = try FileDescriptor.open(parent, O_PATH | O_DIRECTORY)
    place = (directory, name)
    if unnamed, let file = try directory.unnamedFile() {
      descriptor = file
    } else {
      (descriptor, temporary) = try directory.temporaryFile()
    }
  }

  deinit {
    if let place, let temporary { try? place.directory.unlink(temporary) }
  }

  /// The path of the regular file to make or replace; nil where `path` leads to something else.
  private static func replaceable(_ path: String) throws(Errno) -> String? {
    let status: FileStatus
    do {
      let here = FileDescriptor(borrowing: AT_FDCWD)
      status = try here.open(path, O_PATH, resolve: .noMagicLinks).status()
    } catch {
      switch error.rawValue {
      case ENOENT: return path
      // A link of /proc to an open file: what it stands for has no name that could be replaced.
      case ELOOP: return nil
      default: throw error
      }
    }
    guard status.kind == .regular else { return nil }
    guard let resolved = realpath(path, nil) else { throw Errno.current }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Makes a file of these bytes.
  public static func write(_ bytes: [UInt8], to path: String) throws(Errno) {
    let file = try AtomicFile(path)
    try file.descriptor.write(bytes)
    try file.commit()
  }

  /// Makes the file visible (linkat(2), rename(2)); call it once, after the last write.
  public func commit() throws(Errno) {
    guard let (directory, name) = place else { return }
    if temporary == nil {
      do { return try descriptor.link(as: name, in: directory) } catch {
        if error.rawValue != EEXIST { throw error }
      }
      // There is no call that links over a name: for the length of one system call two names exist.
      (_, temporary) = try directory.withTemporaryName { name throws(Errno) in
        try descriptor.link(as: name, in: directory)
      }
    }
    guard let from = temporary else { return }
    try directory.rename(from, to: name, in: directory)
    temporary = nil
  }
}

extension AtomicFile {
  /// Whether a regular file of the same bytes is at its place already.
  public func equalsExisting() throws(Errno) -> Bool {
    guard let (directory, name) = place else { return false }
    let old: FileDescriptor
    do { old = try directory.open(name, O_RDONLY | O_NONBLOCK) } catch {
      if error.rawValue == ENOENT { return false }
      throw error
    }
    let size = try descriptor.status().size
    let status = try old.status()
    guard status.kind == .regular, status.size == size else { return false }
    let pieces = UnsafeMutableRawBufferPointer.allocate(byteCount: 512 << 10, alignment: 4096)
    defer { pieces.deallocate() }
    let half = pieces.count / 2
    let ours = UnsafeMutableRawBufferPointer(rebasing: pieces[..<half])
    let theirs = UnsafeMutableRawBufferPointer(rebasing: pieces[half...])
    var offset: UInt64 = 0
    while offset < size {
      let count = try descriptor.read(into: ours, at: offset)
      let other = try old.read(into: theirs, at: offset)
      guard count > 0, count == other, memcmp(ours.baseAddress!, theirs.baseAddress!, count) == 0 else {
        return false
      }
      offset += UInt64(count)
    }
    return true
  }
}
