import Glibc
import Overlay
import System

/// A regular file that is read once, from its beginning to its end, and must be the same all the time.
struct CopyReading {
  /// The file.
  let file: FileDescriptor
  /// What it was when it was found.
  let status: FileStatus
  private let subject: String
  /// Whether its inode must not change, either: of a file in the layer store it does, with the number of its links.
  private let isOfContext: Bool

  /// Opens the content of an item, which is a file.
  ///
  /// - Throws: `failed` where it is not any more what it was found to be.
  init(_ item: CopyItem) throws(Failure) {
    switch item.content {
    case .file(let file, let status):
      self.file = file
      self.status = status
      isOfContext = false
      subject = String(decoding: item.header.path, as: UTF8.self).oneLine
    case .member(let entry, let tree):
      // Without waiting: a fifo may have taken its place.
      file = try tree.check(entry.name) { () throws(Errno) in try tree.directory.open(entry) }
      status = entry.status
      isOfContext = tree.origin == .context
      subject = tree.subject(tree.path(of: entry.name))
    case .bytes, nil: preconditionFailure("not in a file")
    }
    try finish()
  }

  /// Makes sure that it still is what it was.
  func finish() throws(Failure) {
    let now: FileStatus
    do throws(Errno) { now = try file.status() } catch { throw error.failure(subject) }
    guard now.isSame(as: status, withInode: isOfContext) else { throw changed }
  }

  /// An error of reading it.
  func failed(_ error: Errno) -> Failure { error.failure(subject) }

  /// What is said if it changed.
  var changed: Failure { Failure(.failed, subject, "it changed while it was copied") }
}

extension FileStatus {
  /// Whether a file of both statuses was not written to between them and, `withInode`, nothing else was done to it.
  fileprivate func isSame(as other: FileStatus, withInode: Bool) -> Bool {
    func isSame(_ one: timespec, _ two: timespec) -> Bool {
      one.tv_sec == two.tv_sec && one.tv_nsec == two.tv_nsec
    }
    let (one, two) = (raw, other.raw)
    return kind == other.kind && one.st_dev == two.st_dev && one.st_ino == two.st_ino
      && one.st_size == two.st_size && isSame(one.st_mtim, two.st_mtim)
      && (!withInode || isSame(one.st_ctim, two.st_ctim))
  }
}
