import Glibc
import Image
import System
import Verification

extension LayoutDirectory {
  /// The right to rely on blobs that no index names yet: while any writer holds one, no garbage is collected.
  ///
  /// A writer has one from before its first `contains` until after its `update`; it ends when it goes.
  public final class Lease: Sendable {
    private let lock: FileDescriptor

    init(_ lock: FileDescriptor) { self.lock = lock }
  }

  /// Begins to write (a shared lock on `blobs/`; collecting garbage takes it exclusively).
  public func beginWriting() throws(Failure) -> Lease {
    do {
      let blobs = try directory.subdirectory(Name.blobs)
      try blobs.lock(.shared)
      return Lease(blobs)
    } catch { throw failure(error, Name.blobs) }
  }

  /// Stores a blob, which appears under its name only when it is whole and right; nothing is done if it is here.
  ///
  /// What an earlier attempt left is not asked for again, but verified with the rest; if it was wrong, it is dropped
  /// and everything asked for once more. Where another process stores the same blob, waits for it.
  ///
  /// - Parameters:
  ///   - resuming: whether `source` can begin anywhere and repeatedly; else it is asked once, from 0.
  ///   - source: gives the bytes of the blob from an offset on; not asked where none is missing.
  ///   - advanced: told of bytes that are here; of fewer than none where they were dropped.
  /// - Throws: `invalid` where size or digest are wrong, after which nothing is kept; on other failures, what came is
  ///   kept if `resuming`.
  public func store(
    _ blob: Descriptor, resuming: Bool = true,
    from source: (_ offset: UInt64) throws(Failure) -> UnverifiedBytes,
    advanced: (Int) -> Void = { _ in }
  ) throws(Failure) {
    if !resuming, try storeUnnamed(blob, from: source, advanced: advanced) { return }
    guard var partial = try PartialBlob.acquire(blob, in: self) else {
      return advanced(Int(clamping: blob.size))
    }
    do throws(Failure) {
      if !resuming, partial.count > 0 { try partial.restart() }
      let resumed = partial.count > 0
      do { try fill(&partial, blob, source, advanced) } catch {
        guard resumed, error.kind == .invalid else { throw error }
        advanced(-Int(partial.count))
        try partial.restart()
        try fill(&partial, blob, source, advanced)
      }
    } catch {
      if !resuming || error.kind == .invalid || partial.count == 0 { partial.remove() }
      throw error
    }
    try partial.complete()
    unsynchronized.update { $0 = true }
  }

  /// Stores a blob that can't be resumed by way of a file without a name, of which nothing stays however this ends.
  ///
  /// - Returns: false, with nothing done, where the file system has no such files (O_TMPFILE).
  private func storeUnnamed(
    _ blob: Descriptor, from source: (UInt64) throws(Failure) -> UnverifiedBytes, advanced: (Int) -> Void
  ) throws(Failure) -> Bool {
    if contains(blob) {
      advanced(Int(clamping: blob.size))
      return true
    }
    let opened: FileDescriptor?
    do { opened = try directory.subdirectory(Name.partial).unnamedFile() } catch {
      throw failure(error, "writing blob \(blob.digest)")
    }
    guard let file = opened else { return false }
    let reader = try VerifiedReader(blob, source(0))
    while let bytes = try reader.next() {
      do { try file.write(bytes) } catch { throw failure(error, "writing blob \(blob.digest)") }
      advanced(bytes.count)
    }
    do throws(Errno) {
      let blobs = try directory.subdirectory(Name.blobs).subdirectory(blob.digest.algorithm.rawValue)
      do { try file.link(as: blob.digest.hex, in: blobs) } catch {
        guard error.rawValue == EEXIST else { throw error }
        if !contains(blob) {
          // A damaged one, of another size, has the name.
          try blobs.unlink(blob.digest.hex)
          try file.link(as: blob.digest.hex, in: blobs)
        }
      }
    } catch { throw failure(error, "writing blob \(blob.digest)") }
    unsynchronized.update { $0 = true }
    return true
  }

  private func fill(
    _ partial: inout PartialBlob, _ blob: Descriptor,
    _ source: (UInt64) throws(Failure) -> UnverifiedBytes, _ advanced: (Int) -> Void
  ) throws(Failure) {
    let resumed = partial.count
    advanced(Int(resumed))
    let prefix = FileReader(partial.file, path, from: 0, to: resumed, endsFile: false)
    let rest = resumed < blob.size ? try source(resumed) : UnverifiedBytes(MemoryReader([]))
    let reader = try VerifiedReader(blob, rest, after: resumed > 0 ? UnverifiedBytes(prefix) : nil)
    while let bytes = try reader.next() {
      try partial.append(bytes)
      advanced(bytes.count)
    }
  }

  /// Stores a document that is in memory.
  ///
  /// - Throws: `invalid` where `descriptor` is of other bytes.
  public func store(_ document: [UInt8], _ descriptor: Descriptor) throws(Failure) {
    try store(descriptor, resuming: false, from: { _ in UnverifiedBytes(MemoryReader(document)) })
  }

  /// Changes what is named: `edit` gets the index as it is now, and nobody else changes it meanwhile.
  ///
  /// The blobs are durable before they are named. An index that `edit` leaves equal is not written.
  ///
  /// - Parameter durably: whether to survive a power cut (syncfs(2) before the rename, fsync(2) after it).
  public func update(
    durably: Bool = true, _ edit: (inout Index) throws(Failure) -> Void
  ) throws(Failure) {
    let lock = try lockIndex()
    defer { withExtendedLifetime(lock) {} }
    let old = try index()
    var new = old
    try edit(&new)
    // Taken before the call: what is stored while it runs is for the next.
    let unsynchronized =
      durably
      && self.unsynchronized.update { flag in
        defer { flag = false }
        return flag
      }
    if new.raw != old.raw {
      guard new.raw.count <= JSON.sizeLimit else {
        throw Failure(.failed, path, "\(Name.index) would become larger than \(JSON.sizeLimit) bytes")
      }
      try replace(Name.index, new.raw) { () throws(Errno) in
        if durably { try directory.synchronizeFileSystem() }
      }
      do { if durably { try directory.synchronize() } } catch { throw failure(error, Name.index) }
    } else if unsynchronized {
      // Named before, but missing until now: what was repaired shall last no less.
      do { try directory.synchronizeFileSystem() } catch { throw failure(error) }
    }
  }
}
