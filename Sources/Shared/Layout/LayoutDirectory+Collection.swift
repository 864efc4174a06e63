import Glibc
import Image
import System

extension LayoutDirectory {
  /// A blob's file that nothing leads to.
  public struct Garbage: Hashable, Sendable {
    /// The name it has.
    public let digest: Digest
    /// The bytes it takes.
    public let size: UInt64
  }

  /// Which blobs `entry` reaches, its own digest first.
  ///
  /// - Throws: `invalid` where that can't be known, as a document is broken or missing.
  public func blobs(reachedBy entry: Descriptor) throws(Failure) -> [Digest] {
    var reached = Reachability(in: self)
    try reached.add(entry)
    return reached.order
  }

  /// The blobs here that no entry of `index` reaches, in the order of their names.
  ///
  /// - Throws: `invalid` where what an entry reaches can't be known.
  public func garbage(beside index: Index) throws(Failure) -> [Garbage] {
    var reached = Reachability(in: self)
    for entry in index.manifests { try reached.add(entry) }
    return try garbage(beside: reached)
  }

  private func garbage(beside reached: Reachability) throws(Failure) -> [Garbage] {
    var garbage: [Garbage] = []
    for algorithm in Digest.Algorithm.allCases {
      guard let place = try subdirectory("\(Name.blobs)/\(algorithm.rawValue)") else { continue }
      do throws(Errno) {
        for name in try place.names() {
          // What has another name is no blob, and not ours to judge.
          guard let digest = Digest(algorithm, hex: String(decoding: name, as: UTF8.self)),
            !reached.digests.contains(digest), let status = try place.statusIfThere(of: digest.hex),
            status.kind != .directory
          else { continue }
          garbage.append(Garbage(digest: digest, size: status.size))
        }
      } catch { throw failure(error, "\(Name.blobs)/\(algorithm.rawValue)") }
    }
    return garbage
  }

  /// The directory below this one; nil where there is none.
  private func subdirectory(_ name: String) throws(Failure) -> FileDescriptor? {
    do { return try directory.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, resolve: Self.inside) } catch {
      if error.rawValue == ENOENT { return nil }
      throw failure(error, name)
    }
  }
}

extension LayoutDirectory {
  /// The right to remove blobs: nobody who may rely on one that no index names is under way while it lasts.
  ///
  /// - Parameter waiting: whether to wait for those who are.
  /// - Returns: nil where it was not to wait, and somebody is.
  public func beginCollecting(waiting: Bool) throws(Failure) -> Lease? {
    do throws(Errno) {
      let blobs = try directory.subdirectory(Name.blobs)
      do { try blobs.lock(.exclusive, waiting: waiting) } catch {
        if error.rawValue == EWOULDBLOCK { return nil }
        throw error
      }
      return Lease(blobs)
    } catch { throw failure(error, Name.blobs) }
  }

  /// Removes every blob that no entry of `index.json` reaches, and what interrupted commands left in `.partial`.
  ///
  /// If it can't be known what an entry reaches, nothing is removed. What is listed as absent and reached by none any
  /// more is no longer listed. Killed at any moment, all that is named is there.
  ///
  /// - Parameters:
  ///   - right: what `beginCollecting` gave.
  ///   - partialAge: how old, in seconds, something in `.partial` must be to be removed; what is locked never is.
  ///   - removed: told of each blob that is gone.
  /// - Throws: `invalid` where what an entry reaches can't be known.
  public func collect(
    with right: Lease, partialsOlderThan partialAge: Int64, removed: (Garbage) -> Void
  ) throws(Failure) {
    defer { withExtendedLifetime(right) {} }
    var reached = Reachability(in: self)
    try update { (index) throws(Failure) in
      for entry in index.manifests { try reached.add(entry) }
      let listed = index.absentBlobs
      let wanted = listed.filter(reached.digests.contains)
      if wanted.count < listed.count { index.setAbsentBlobs(wanted) }
    }
    for blob in try garbage(beside: reached) {
      let name = "\(Name.blobs)/\(blob.digest.algorithm.rawValue)"
      guard let place = try subdirectory(name) else { continue }
      do throws(Errno) { try place.unlink(blob.digest.hex) } catch {
        // Somebody else's removal is as good.
        if error.rawValue == ENOENT { continue }
        throw failure(error, "removing blob \(blob.digest)")
      }
      removed(blob)
    }
    try removePartials(olderThan: partialAge)
  }

  private func removePartials(olderThan age: Int64) throws(Failure) {
    guard let place = try subdirectory(Name.partial) else { return }
    do throws(Errno) {
      for bytes in try place.names() {
        guard let name = String(validating: bytes, as: UTF8.self), let file = try place.unlockedFile(name),
          Int64(time(nil)) - Int64(try file.status().raw.st_mtim.tv_sec) >= age
        else { continue }
        try place.unlink(name)
      }
    } catch { throw failure(error, Name.partial) }
  }
}

extension FileDescriptor {
  /// What is under `name`; nil if that has gone.
  fileprivate func statusIfThere(of name: String) throws(Errno) -> FileStatus? {
    do { return try status(of: name) } catch {
      if error.rawValue == ENOENT { return nil }
      throw error
    }
  }

  /// The regular file `name`, locked; nil where somebody holds it, or it is something else or has gone.
  fileprivate func unlockedFile(_ name: String) throws(Errno) -> FileDescriptor? {
    do {
      let file = try open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
      guard try file.status().kind == .regular else { return nil }
      try file.lock(.exclusive, waiting: false)
      // Who held the lock until now may have put it in its place, and somebody else a new one in this.
      return try holds(name, file) ? file : nil
    } catch {
      if [ENOENT, ELOOP, ENXIO, EWOULDBLOCK].contains(error.rawValue) { return nil }
      throw error
    }
  }
}
