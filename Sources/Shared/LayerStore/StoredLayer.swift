import System

/// A layer in the store, whole; as long as this lives (or the descriptor is inherited), it is not removed.
public final class StoredLayer: Sendable {
  /// Which one it is.
  public let id: LayerID
  /// Its directory, relative to the store: `FORM/KEY`.
  public let place: String
  /// The layer's directory in the store, on which the lease (a shared flock) is held.
  public let lease: FileDescriptor
  /// The absolute path of what drivers use: of a tree its root directory.
  public let path: String

  /// The layer at `place`, on whose directory `lease` holds a shared lock.
  init(_ id: LayerID, at place: String, lease: FileDescriptor, path: String) {
    self.id = id
    self.place = place
    self.lease = lease
    self.path = path
  }
}
