import Glibc
import Image
import Overlay
import System

/// A place in the store for one mount, this process's own: nobody judges whether it is still needed.
///
/// It goes as soon as nothing refers to it; the record and the temporary directories stay.
public final class MountPlace: Sendable {
  /// What the mount is called in the store.
  public var id: String { workshop.name }
  private let store: LayerCache
  let workshop: Workshop
  /// The name of the upper directory in it.
  static let upper = "upper"

  init(_ store: LayerCache, _ workshop: Workshop) {
    self.store = store
    self.workshop = workshop
  }

  /// Makes directories for changes that go with the mount.
  public func makeTemporaryUpper() throws(Failure) -> UpperDirectory { try makeTemporaryUpper(on: nil) }

  /// The same on top of a layer, whose root's owner, mode and attributes are to be seen as before.
  public func makeTemporaryUpper(on top: StoredLayer?) throws(Failure) -> UpperDirectory {
    let names = [Self.upper, "work"]
    for name in names {
      do throws(Errno) {
        try workshop.directory.makeDirectory(name, mode: 0o755)
        // The root of the upper directory is the root that a container sees.
        if name == Self.upper, let top { try dressUpper(like: top) }
      } catch { throw store.failure(error, "\(LayerCache.Name.mounts)/\(id)/\(name)") }
    }
    let paths = names.map { "\(store.path)/\(LayerCache.Name.mounts)/\(id)/\($0)" }
    return UpperDirectory(path: paths[0], work: paths[1])
  }

  private func dressUpper(like top: StoredLayer) throws(Errno) {
    let upper = try workshop.directory.open(FileName(Self.upper), O_RDONLY | O_DIRECTORY)
    let root = try top.lease.open(FileName(LayerCache.tree), O_RDONLY | O_DIRECTORY)
    let status = try root.status().raw
    try upper.setOwner(status.st_uid, status.st_gid)
    try upper.setMode(status.st_mode & 0o7777)
    for (key, value) in try root.plainAttributes() {
      // Some are set by root alone.
      do { try upper.setExtendedAttribute(key, to: value) } catch {
        if ![EOPNOTSUPP, EPERM].contains(error.rawValue) { throw error }
      }
    }
  }

  /// Writes down what the mount is, in place of what was written before.
  ///
  /// To be done before it is made, as the layers' leases end with the process, and again with what is known after.
  public func write(_ record: MountRecord) throws(Failure) {
    let path = "\(store.path)/\(LayerCache.Name.mounts)/\(id)/\(LayerCache.record)"
    do throws(Errno) {
      let file = try AtomicFile(path)
      try file.descriptor.write(record.json.encodedPretty())
      try file.commit()
    } catch { throw store.failure(error, "\(LayerCache.Name.mounts)/\(id)") }
  }

  /// Removes all of it, after the mount is gone or was not made.
  public func remove() throws(Failure) {
    do { try workshop.demolish() } catch { throw store.failure(error, "\(LayerCache.Name.mounts)/\(id)") }
  }
}
