import Glibc
import System

/// A layer whose digest is not known yet: its tree is filled by this process alone, and seen by nobody.
///
/// Dropped without a word, or with its process, it is removed by the next who begins one.
public final class LayerDraft: Sendable {
  /// How it is kept.
  let form: LayerForm
  private let cache: LayerCache
  /// `.new/draft-ID`, this process's own.
  let workshop: Workshop

  init(_ form: LayerForm, _ cache: LayerCache, _ workshop: Workshop) {
    self.form = form
    self.cache = cache
    self.workshop = workshop
  }

  /// The directory to be filled, opened; empty at first.
  public func tree() throws(Failure) -> FileDescriptor {
    do { return try workshop.directory.open(FileName(LayerCache.tree), O_RDONLY | O_DIRECTORY) } catch {
      throw cache.failure(error, "a new layer")
    }
  }

  /// Removes it; what can't be removed is left to the next who begins one.
  public func abandon() { try? workshop.demolish() }
}

extension LayerCache {
  /// Begins a layer that gets its name when it is whole; those that killed processes left are removed.
  public func beginDraft(_ form: LayerForm) throws(Failure) -> LayerDraft {
    let workshops = try workshops(of: form)
    try removeAbandoned(in: workshops, form.directoryName)
    do throws(Errno) {
      let name = "draft-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
      let draft = LayerDraft(form, self, try Workshop.enter(name, in: workshops))
      try draft.workshop.directory.makeDirectory(Self.tree, mode: 0o755)
      return draft
    } catch { throw failure(error, "a new layer") }
  }

  /// Gives a draft its name; if the layer is here already, the draft goes.
  ///
  /// Waits for who unpacks the same layer. Not to be called between `beginUnpacking` and what ends it: two processes
  /// could come to wait for each other.
  ///
  /// - Parameters:
  ///   - dependent: whether it holds something of the layers below, so that it is good for this place alone.
  ///   - durably: as in `publish(_:durably:)`.
  public func publish(
    _ draft: LayerDraft, as id: LayerID, dependent: Bool = false, durably: Bool
  ) throws(Failure) -> StoredLayer {
    defer { draft.abandon() }
    return try adopt(Self.tree, in: draft.workshop, as: id, draft.form, dependent, durably)
  }

  /// Makes the upper directory of a mount, which was taken down, a layer's tree; if the layer is here already, it stays
  /// where it is, and goes with `place`.
  ///
  /// What overlayfs wrote down for itself in it (`origin`, `impure`, `nlink`, `uuid`) may stay: it only takes notice
  /// of that in an upper directory, whatever the options (tried: `index`, `nfs_export`, `xino`, another lower layer).
  ///
  /// - Parameters: as of `publish(_:as:dependent:durably:)`.
  public func publishUpper(
    of place: MountPlace, as id: LayerID, _ form: LayerForm, dependent: Bool = false, durably: Bool
  ) throws(Failure) -> StoredLayer {
    try adopt(MountPlace.upper, in: place.workshop, as: id, form, dependent, durably)
  }

  /// Makes the directory `name` of a workshop the tree of a layer.
  private func adopt(
    _ name: String, in source: Workshop, as id: LayerID, _ form: LayerForm, _ dependent: Bool, _ durably: Bool
  ) throws(Failure) -> StoredLayer {
    if let layer = try find(id, form) { return layer }
    let workshops = try workshops(of: form)
    let workshop: Workshop
    // The key by which all lock it who want it, dependent or not.
    do { workshop = try .enter(LayerKey.independent(id).description, in: workshops) } catch {
      throw failure(error, "layer \(id.diffID)")
    }
    do throws(Failure) {
      if let layer = try find(id, form) {
        workshop.closeDown()
        return layer
      }
      let layer = NewLayer([id], dependent: dependent, self, form.directoryName, workshop)
      try layer.take(name, from: source)
      guard let stored = try publish([layer], durably: durably)[id] else {
        preconditionFailure("published under another name")
      }
      return stored
    } catch {
      try? workshop.demolish()
      throw error
    }
  }
}

extension NewLayer {
  /// Makes the directory `name` of another workshop its tree.
  fileprivate func take(_ name: String, from source: Workshop) throws(Failure) {
    do throws(Errno) {
      try workshop.directory.removeContents()
      let directory = try workshop.directory.privateSubdirectory(self.name)
      try source.directory.rename(name, to: LayerCache.tree, in: directory)
    } catch { throw failure(error) }
  }
}
