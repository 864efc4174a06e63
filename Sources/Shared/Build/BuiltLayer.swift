import Image
import LayerStore
import Transfer

/// A layer of an image that is being built.
struct BuiltLayer: Sendable {
  /// What is stored of it.
  var blob: Descriptor
  /// Which one it is, by itself and on those below.
  var id: LayerID
  /// Where the blob can be read.
  let source: any ImageSource
}
