import Glibc
import Image
import System

/// A layer that this process alone is unpacking; nobody sees it until `LayerCache.publish`.
///
/// Dropped without a word, or with its process, what it has so far is removed by the next who wants the layer.
public final class NewLayer: Sendable {
  /// The places in the image that it is for, the lowest first: more than one where an image has the layer twice.
  public let ids: [LayerID]
  /// Whether it holds something of the layers below `ids[0]`, so that it is good for that place alone.
  public let isDependent: Bool
  let cache: LayerCache
  /// The name of its form's directory.
  let form: String
  /// `.new/KEY`, KEY being the one that the layer has if it is independent.
  let workshop: Workshop

  /// A layer that is made in `workshop`.
  init(_ ids: [LayerID], dependent: Bool, _ cache: LayerCache, _ form: String, _ workshop: Workshop) {
    self.ids = ids
    isDependent = dependent
    self.cache = cache
    self.form = form
    self.workshop = workshop
  }

  /// The name in the workshop of what will be the layer's directory.
  var name: String { ids[0].chainID.hex }

  /// Where it will be.
  var place: String {
    "\(form)/\(isDependent ? LayerKey.dependent(ids[0]) : .independent(ids[0]))"
  }

  /// Makes its empty tree.
  func prepare() throws(Failure) {
    do throws(Errno) {
      let directory = try workshop.directory.privateSubdirectory(name)
      try directory.makeDirectory(LayerCache.tree, mode: 0o755)
      // What the umask took.
      _ = try retrying { fchmodat(directory.number, LayerCache.tree, 0o755, 0) }
    } catch { throw failure(error) }
  }

  /// The directory into which to unpack it, opened; empty at first.
  public func tree() throws(Failure) -> FileDescriptor {
    do {
      return try workshop.directory.open(
        "\(name)/\(LayerCache.tree)", O_RDONLY | O_DIRECTORY, resolve: LayerCache.inside)
    } catch { throw failure(error) }
  }

  /// Says that the tar takes something from the layers below it; to be called once, and this not to be used any more.
  ///
  /// - Returns: one for each place, of which the first has what was unpacked so far and the others are empty.
  public func becomeDependent() throws(Failure) -> [NewLayer] {
    precondition(!isDependent)
    // Its key from now on has no lock of its own, and needs none: whoever wants the same layer in the same place, or
    // in any other, first takes the workshop of its diffID, which we hold. (A chainID belongs to one diffID alone.)
    // So no lock is waited for while others are held but those that `beginUnpacking` takes in their order, and there
    // is no circle of processes that wait for each other. That the key was not there was seen under this lock.
    let places = ids.map { NewLayer([$0], dependent: true, cache, form, workshop) }
    for place in places.dropFirst() { try place.prepare() }
    return places
  }

  /// Removes what was unpacked; somebody else may begin.
  ///
  /// What can't be removed stays until the layer is begun again, or garbage collected.
  public func abandon() {
    do throws(Errno) {
      let directory = try workshop.directory.open(FileName(name), O_RDONLY | O_DIRECTORY)
      try directory.removeContents()
      try workshop.directory.unlink(FileName(name), directory: true)
    } catch {}
    workshop.closeDown()
  }

  /// The failure that `error` means while this is unpacked.
  func failure(_ error: Errno) -> Failure { cache.failure(error, "layer \(ids[0].diffID)") }
}
