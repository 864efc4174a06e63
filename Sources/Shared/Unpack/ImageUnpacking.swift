import Image
import LayerStore
import System
import Transfer

/// Brings the layers of an image into the layer store: those that are missing are unpacked.
public struct ImageUnpacking {
  /// How layers are unpacked.
  public struct Settings: Sendable {
    /// How they are kept.
    public var form: LayerForm
    /// The most bytes of files in all layers that are unpacked; nil: what is free in the file system.
    public var limit: UInt64?
    /// Whether the disk has everything before a layer is visible (syncfs(2)).
    public var durably: Bool
    /// Whether a signal that ends the process has what is not whole removed first; else the caller cares for signals, and
    /// the next who unpacks for what is left.
    public var watchesSignals = true

    /// Unpacking in this manner.
    public init(form: LayerForm, limit: UInt64? = nil, durably: Bool = true) {
      self.form = form
      self.limit = limit
      self.durably = durably
    }
  }

  private let cache: LayerCache
  private let settings: Settings
  private let observer: (any TransferObserver)?

  /// Unpacking into `cache`.
  public init(into cache: LayerCache, _ settings: Settings, observer: (any TransferObserver)? = nil) {
    self.cache = cache
    self.settings = settings
    self.observer = observer
  }

  /// An image whose layers are in the store.
  public struct Unpacked: Sendable {
    /// Its configuration.
    public let config: ImageConfig
    /// Its layers, the base first.
    public let layers: [StoredLayer]
  }

  /// Unpacks what is missing of the image of `entry`, an entry for one platform.
  ///
  /// - Throws: `invalid` where it is no image, or its layers are not what its configuration says.
  public func run(_ entry: Descriptor, in carrier: Carrier) throws(Failure) -> Unpacked {
    do throws(Failure) {
      let graph = try ImageGraph(entry, in: carrier.source)
      guard let manifest = graph.manifests.first?.manifest, graph.manifests.count == 1 else {
        throw Failure(.invalid, "", "not an image")
      }
      // A layer may have to be unpacked anew for each place that it has: a stream passes but once.
      if Set(manifest.layers.map(\.digest)).count < manifest.layers.count {
        try (carrier.source as? ArchiveSource)?.settle()
      }
      let config = try config(of: manifest, in: carrier)
      let ids = LayerID.chain(of: config.diffIDs)
      // A lease for each layer, and its tree where one above needs it.
      DescriptorLimit.raise(to: 64 + 4 * ids.count)
      let destination = try LayerDestination(
        manifest.layers, ids, in: cache, settings, observer: observer)
      var item = carrier.item(entry)
      item.graph = graph
      let copy = ImageCopy(to: destination, observer: observer, absence: .refused)
      if destination.isComplete || !settings.watchesSignals {
        try copy.run([item])
      } else {
        try Interruption.during(cleaning: destination.interrupt) { () throws(Failure) in try copy.run([item])
        }
      }
      return Unpacked(config: config, layers: destination.result)
    } catch { throw error.about(carrier.name) }
  }

  private func config(of manifest: Manifest, in carrier: Carrier) throws(Failure) -> ImageConfig {
    let name = "config \(manifest.config.digest)"
    guard manifest.config.mediaType.isConfig else {
      throw Failure(.invalid, "", "an artifact of type \(manifest.config.mediaType), not an image")
    }
    do throws(Failure) {
      let config = try ImageConfig(raw: carrier.source.document(manifest.config))
      try config.check(layersOf: manifest)
      guard !config.diffIDs.isEmpty else { throw Failure(.invalid, "", "the image has no layers") }
      return config
    } catch { throw error.about(name) }
  }
}
