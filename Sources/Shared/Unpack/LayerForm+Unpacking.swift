import Layer
import LayerStore
import Overlay

extension LayerForm {
  /// How the trees of this form are marked, and whose they are.
  public var marks: (dialect: OverlayDialect, owners: LayerUnpacker.Owners) {
    switch self {
    case .tree(let dialect, .mapped): (dialect, .mapped)
    case .tree(let dialect, .recorded): (dialect, .recorded)
    }
  }
}
