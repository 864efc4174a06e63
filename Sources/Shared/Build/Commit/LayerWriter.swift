import Archive
import Glibc
import Image
import Layer
import LayerStore
import Layout
import Overlay
import System
import Transfer
import Unpack
import Verification

/// Makes the layers of a build: each a blob in a layout and a tree in the layer store.
///
/// Several threads may make layers at once. What fails or is stopped leaves nothing. Neither blobs nor trees are
/// durable before `LayerCache.settle` and the layout's own means.
final class LayerWriter: Sendable {
  /// A layer that was made: as a part of the image, and as what the next step stands on.
  typealias Made = (layer: BuiltLayer, tree: StoredLayer)

  /// Where trees go.
  let store: LayerCache
  /// How they are kept.
  let form: LayerForm
  /// Where blobs go; on which the caller has a lease.
  let layout: LayoutDirectory
  /// How blobs are packed.
  let packing: LayerPacking
  private let source: LayoutSource
  private let latest: Int64?
  private let passes = Monitor<[ObjectIdentifier: LayerPass]>([:])
  private let isStopped = Monitor(false)

  /// A writer of layers.
  ///
  /// - Parameter latest: SOURCE_DATE_EPOCH: files that were written later get this time, in blobs and in trees.
  init(
    _ store: LayerCache, _ form: LayerForm, layout: LayoutDirectory, packing: LayerPacking, latest: Int64?
  ) {
    self.store = store
    self.form = form
    self.layout = layout
    self.packing = packing
    self.latest = latest
    source = LayoutSource(layout)
  }

  /// Makes a layer on top of `below` of the members that `produce` puts into a tar; the tar's end is not its business.
  ///
  /// The layer is found on top of any others if all parents of its files are members.
  ///
  /// - Parameter name: what the user calls it, in errors.
  func write(
    on below: [StoredLayer], name: String, _ produce: (TarWriter) throws(Failure) -> Void
  ) throws(Failure) -> Made {
    let draft = try store.beginDraft(form)
    do throws(Failure) {
      let outcome = try pass(on: below, into: draft.tree(), name) { (output) throws(Failure) in
        let tar = TarWriter(name: name, output: output)
        tar.latest = latest
        try produce(tar)
        try tar.finish()
      }
      let layer = try keep(outcome, on: below)
      let tree = try store.publish(draft, as: layer.id, dependent: outcome.isDependent, durably: false)
      return (layer, tree)
    } catch {
      draft.abandon()
      throw error
    }
  }

  /// Makes a layer of what changed in the temporary upper directory of `place`, which becomes its tree.
  ///
  /// There is a layer even if nothing changed, as BuildKit has it.
  ///
  /// - Parameters:
  ///   - place: its mount has been taken down; what is left is for the caller to remove.
  ///   - below: what was below the upper directory.
  func adopt(
    _ upper: UpperDirectory, of place: MountPlace, on below: [StoredLayer], name: String
  ) throws(Failure) -> Made {
    let merged = try merged(below, name)
    let directory: FileDescriptor
    do { directory = try FileDescriptor.open(upper.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) } catch {
      throw error.failure(name)
    }
    let outcome = try pass(on: below, into: nil, name) { (output) throws(Failure) in
      try LayerDifference.write(
        directory, dialect: form.marks.dialect, on: merged, name: name, clampedTo: latest, output: output)
    }
    try UpperTree(directory, name: name).conform(clampedTo: latest)
    let layer = try keep(outcome, on: below)
    return (layer, try store.publishUpper(of: place, as: layer.id, form, durably: false))
  }

  /// Ends all that is under way, as the process will; it is removed as far as that takes less than a second.
  func interrupt() {
    isStopped.update { $0 = true }
    for pass in passes.update({ $0.values }) { pass.stop() }
    // Who waits for a pipe makes nothing either.
    for _ in 0..<40 where !passes.update({ $0.isEmpty }) { usleep(15_000) }
  }
}

extension LayerWriter {
  /// The layers merged; nil where there are none.
  func merged(_ layers: [StoredLayer], _ name: String) throws(Failure) -> OverlayDirectory? {
    do { return try LayerChain(layers, in: store).merged(form.marks.dialect) } catch {
      throw error.failure(name)
    }
  }

  private func pass(
    on below: [StoredLayer], into tree: FileDescriptor?, _ name: String,
    _ produce: (@escaping (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) -> Void
  ) throws(Failure) -> LayerPass.Outcome {
    let pass = LayerPass(self, on: below, into: tree, name: name)
    let key = ObjectIdentifier(pass)
    passes.update { $0[key] = pass }
    defer { passes.update { _ = $0.removeValue(forKey: key) } }
    if isStopped.update({ $0 }) { pass.stop() }
    return try pass.run(produce)
  }

  /// Gives the blob its name.
  private func keep(_ outcome: LayerPass.Outcome, on below: [StoredLayer]) throws(Failure) -> BuiltLayer {
    guard let staged = outcome.staged, let diffID = outcome.diffID,
      let type = MediaType.layer.compressed(packing.compression)
    else { preconditionFailure("a pass without an outcome") }
    let blob = Descriptor(mediaType: type, digest: staged.digest, size: staged.size)
    if try !layout.adopt(staged, as: blob) {
      // The file system gives no names to files without one.
      try layout.store(blob, resuming: false) { offset in
        UnverifiedBytes(
          FileReader(staged.file, blob.digest.description, from: offset, to: blob.size, endsFile: true))
      }
    }
    return BuiltLayer(blob: blob, id: LayerID(diffID, on: below.last?.id), source: source)
  }
}
