import Image
import Layer
import System
import Transfer

/// Merges layers that are read in any order, and once where one comes several times.
final class LayerMerge {
  private let layers: [Descriptor]
  private let source: any ImageSource
  private var tree = LayerTree()
  private var turn = 0
  /// The members of layers whose turn has not come, or comes again.
  private var kept: [Digest: [LayerEntry]] = [:]

  /// A merge of `layers`, the base first.
  init(_ layers: [Descriptor], in source: any ImageSource) {
    self.layers = layers
    self.source = source
  }

  /// Whether the blob is one of the layers.
  func wants(_ blob: Descriptor) -> Bool { layers.contains { $0.digest == blob.digest } }

  /// Reads the layer that `blob` is.
  func read(_ blob: Descriptor) throws(Failure) {
    let same = layers.filter { $0.digest == blob.digest }
    guard let layer = same.first else { return }
    do throws(Failure) {
      let plain = try PlainLayer(layer, in: source)
      let reader = LayerReader(layer.digest.description) { () throws(Failure) in try plain.next() }
      if same.count == 1, layers[turn].digest == layer.digest {
        try tree.addLayer { () throws(Failure) in try reader.next() }
        turn += 1
      } else {
        var entries: [LayerEntry] = []
        while var entry = try reader.next() {
          // Of no use in a listing, and a stranger may have made them large.
          entry.attributes = []
          entry.extents = nil
          entries.append(entry)
        }
        kept[layer.digest] = entries
      }
      try mergeKept()
    } catch { throw error.about(layer.digest.description) }
  }

  private func mergeKept() throws(Failure) {
    while turn < layers.count, let entries = kept[layers[turn].digest] {
      var entry = entries.makeIterator()
      try tree.addLayer { entry.next() }
      turn += 1
    }
  }

  /// The files, once all layers were read.
  func finish() throws(Failure) -> LayerTree {
    guard turn == layers.count else {
      throw Failure(.notFound, layers[turn].digest.description, "the layer is missing")
    }
    return tree
  }
}
