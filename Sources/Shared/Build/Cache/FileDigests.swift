import Glibc
import Image
import System
import Verification

/// Digests of files' contents; those that were read before are known by what stat(2) says of them.
///
/// A file that was changed so lately that another change might leave its times as they are is not remembered, as git
/// has it. The table is read when the first file is asked for.
final class FileDigests: Sendable {
  private struct Key: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private struct State {
    var table: FileTable?
    /// What was read since.
    var fresh: [FileEntry] = []
    var places: [Key: Int] = [:]
    /// The entries of the table that were of use, by their places.
    var used: [Bool] = []
  }

  private let directory: FileDescriptor
  private let path: String
  private let state = Monitor(State())

  /// The digests that are written down in a cache at `path`.
  init(in directory: FileDescriptor, path: String) {
    self.directory = directory
    self.path = path
  }

  /// What is known of a regular file in this state: no file is opened.
  func known(_ status: FileStatus) -> KnownFile? {
    let file = FileEntry(status, used: 0)
    return state.update { state in
      if let place = state.places[Key(device: file.device, inode: file.inode)] {
        return state.fresh[place].isSame(as: file) ? state.fresh[place].known : nil
      }
      let table = state.table ?? FileTable(BuildCache.Name.files, in: directory)
      state.table = table
      guard let place = table.place(of: file), table.entries[place].isSame(as: file) else { return nil }
      if state.used.isEmpty { state.used = Array(repeating: false, count: table.entries.count) }
      state.used[place] = true
      return table.entries[place].known
    }
  }

  /// The digest of a regular file, which is read where it is not known.
  ///
  /// - Parameter status: what it is, asked for before.
  /// - Parameter name: the file's, in errors.
  func digest(of file: FileDescriptor, _ status: FileStatus, name: String) throws(Failure) -> Digest {
    if let known = known(status) { return known.digest }
    var moment = timespec()
    clock_gettime(CLOCK_REALTIME, &moment)
    let before: FileStatus
    let after: FileStatus
    let digest: Digest
    let isPlain: Bool
    do throws(Errno) {
      before = try file.status()
      digest = try Self.hash(file)
      // As its content they can't change without its times showing it.
      isPlain = try !file.extendedAttributes().contains(where: CopyAppearance.belongs)
      after = try file.status()
    } catch { throw error.failure(name) }
    var entry = FileEntry(after, used: Int64(moment.tv_sec))
    guard entry.isSame(as: FileEntry(before, used: 0)), entry.isSettled(at: moment) else { return digest }
    entry.known = KnownFile(digest: digest, isPlain: isPlain)
    state.update { state in
      let key = Key(device: entry.device, inode: entry.inode)
      if let place = state.places[key] {
        state.fresh[place] = entry
      } else if state.fresh.count < FileTable.most {
        state.places[key] = state.fresh.count
        state.fresh.append(entry)
      }
    }
    return digest
  }

  private static func hash(_ file: FileDescriptor) throws(Errno) -> Digest {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    defer { buffer.deallocate() }
    var hasher = ContentHasher(.sha256)
    var offset: UInt64 = 0
    while true {
      let count = try file.read(into: buffer, at: offset)
      if count == 0 { return hasher.finish() }
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      offset += UInt64(count)
    }
  }
}

extension FileDigests {
  /// Writes down what is new, beside what other builds wrote meanwhile; nothing is written where nothing is new.
  func save() throws(Failure) {
    let fresh = state.update { $0.fresh }
    guard !fresh.isEmpty else { return }
    do throws(Errno) {
      // On a descriptor of its own: a file that is replaced can't be the lock.
      let lock = try directory.subdirectory(BuildCache.Name.steps).open(".", O_RDONLY | O_DIRECTORY)
      try lock.lock(.exclusive)
      let table = FileTable(BuildCache.Name.files, in: directory)
      try FileTable.write(merged(table, fresh), to: "\(path)/\(BuildCache.Name.files)")
      withExtendedLifetime(lock) {}
    } catch { throw error.failure("\(path)/\(BuildCache.Name.files)") }
  }

  /// The entries of `table`, those of use marked as that, and `fresh` ones in place of those of the same file.
  private func merged(_ table: FileTable, _ fresh: [FileEntry]) -> [FileEntry] {
    let now = Int64(time(nil))
    // What was of use is known by its place in the table that was read.
    let (old, used) = state.update { ($0.table, $0.used) }
    var entries = fresh.sorted(by: FileEntry.precedes)
    let count = entries.count
    entries.reserveCapacity(count + table.entries.count)
    var next = 0
    for var entry in table.entries {
      while next < count, FileEntry.precedes(entries[next], entry) { next += 1 }
      if next < count, !FileEntry.precedes(entry, entries[next]) { continue }
      if let old, let place = old.place(of: entry), used.indices.contains(place), used[place] {
        entry.used = now
      }
      entries.append(entry)
    }
    if entries.count > FileTable.most {
      entries.sort { $0.used > $1.used }
      entries.removeSubrange(FileTable.most...)
    }
    entries.sort(by: FileEntry.precedes)
    return entries
  }
}
