import Glibc
import Image
import Layout
import LayerStore
import Overlay
import System
import Transfer
import Unpack

extension BuildExecution {
  /// How layers are kept here.
  var form: LayerForm { OverlayDriver(map: places.map).form }

  /// How they are marked.
  var dialect: OverlayDialect {
    switch form {
    case .tree(let dialect, _): dialect
    }
  }

  /// The trees of the layers of `state`, the base first; those that are missing are unpacked.
  func trees(of state: StageState) throws(Failure) -> [StoredLayer] {
    var found: [StoredLayer] = []
    for layer in state.layers {
      guard let tree = try places.layers.find(layer.id, form) else { return try unpack(state) }
      found.append(tree)
    }
    return found
  }

  private func unpack(_ state: StageState) throws(Failure) -> [StoredLayer] {
    let image = state.image
    var settings = ImageUnpacking.Settings(form: form, durably: false)
    settings.watchesSignals = false
    return try ImageUnpacking(into: places.layers, settings)
      .run(image.entry, in: Carrier(name: "layers", source: image, index: Index([image.entry])))
      .layers
  }

  /// Makes one layer of all that were built on the base.
  func squash(_ state: inout StageState) throws(Failure) {
    guard state.layers.count > state.baseCount + 1 else { return }
    let trees = try trees(of: state)
    let below = Array(trees.prefix(state.baseCount))
    guard let after = try view(of: trees) else { return }
    let before = try view(of: below)
    let made = try writer.write(on: below, name: "--squash") { (tar) throws(Failure) in
      try SquashStep.write(after, on: before, to: tar, latest: request.sourceDate)
    }
    keep(made.tree)
    state.layers = Array(state.layers.prefix(state.baseCount)) + [made.layer]
    state.configuration.squash(
      onto: state.baseCount, made.layer.id.diffID, .init(created: now, text: "--squash", isEmpty: false))
  }

  /// The files of layers merged; nil where there are none.
  func view(of trees: [StoredLayer]) throws(Failure) -> OverlayDirectory? {
    guard !trees.isEmpty else { return nil }
    do throws(Errno) {
      var roots: [FileDescriptor] = []
      for tree in LayerChain(trees, in: places.layers).layers {
        roots.append(try FileDescriptor.open(tree.path, O_RDONLY | O_DIRECTORY))
      }
      return try OverlayDirectory(roots: roots, dialect: dialect)
    } catch { throw error.failure(places.layers.path) }
  }
}
