import Glibc
import Image
import System

extension LayerCache {
  /// The layer, if it is here, with a lease on it; marks it as used now.
  ///
  /// - Throws: `invalid` where something else has its name.
  public func find(_ id: LayerID, _ form: LayerForm) throws(Failure) -> StoredLayer? {
    for key in [LayerKey.independent(id), .dependent(id)] {
      let place = "\(form.directoryName)/\(key)"
      if let lease = try lease(on: place) { return stored(id, at: place, lease) }
    }
    return nil
  }

  /// The layer at `place` on which `lease` is held.
  func stored(_ id: LayerID, at place: String, _ lease: FileDescriptor) -> StoredLayer {
    StoredLayer(
      id, at: place, lease: lease, path: "\(path)/\(place)/\(Self.tree)")
  }

  /// The name of a layer's tree in its directory.
  static let tree = "tree"

  /// How long, in seconds, a mark of use is good enough.
  private static let markLifetime = 60

  /// A lease on the layer at `place`; nil where there is none.
  private func lease(on place: String) throws(Failure) -> FileDescriptor? {
    guard let lease = try existing(place) else { return nil }
    do throws(Errno) {
      // Who holds it exclusively is collecting it, which takes no longer than a rename.
      try lease.lock(.shared)
      guard let status = try directory.status(ofOpen: lease, at: place) else { return nil }
      if try isOfEarlierRun(lease) { return nil }
      if time(nil) - status.raw.st_mtim.tv_sec > Self.markLifetime {
        // Refused on a read-only disk, from which nothing is collected either.
        futimens(lease.number, nil)
      }
      return lease
    } catch { throw failure(error, place) }
  }
}
