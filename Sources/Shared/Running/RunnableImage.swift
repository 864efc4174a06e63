import CommandLine
import Container
import Glibc
import Image
import LayerStore
import Layout
import Overlay
import System
import Verification

/// An image whose layers are in the store, held there as long as this lives.
struct RunnableImage {
  /// What people call it.
  let name: String
  /// How it is run.
  let config: RunConfig
  private let chain: LayerChain
  private let dialect: OverlayDialect
  private let isShifted: Bool

  /// The image of `operand`; layers that are missing are unpacked by img-mount.
  ///
  /// - Parameters:
  ///   - isShifted: whether its owners are those within the container's own user namespace.
  ///   - programs: knows img-mount, and what it is told.
  init(
    _ operand: ImageOperand, in store: LayerCache, _ form: LayerForm,
    isShifted: Bool, _ programs: UnpackingProgram
  ) throws(Failure) {
    guard case .tree(let dialect, _) = form else { preconditionFailure("layers are trees") }
    self.dialect = dialect
    self.isShifted = isShifted
    var document = try LayoutImage(operand, programs.platform ?? .host, programs.environment)
    var layers = try document.flatMap { (image) throws(Failure) in
      try Self.find(image.config, in: store, form)
    }
    if layers == nil {
      let unpacked = try programs.unpack(operand, isUnknown: document == nil)
      document = document ?? unpacked
      layers = try document.flatMap { (image) throws(Failure) in
        try Self.find(image.config, in: store, form)
      }
    }
    guard let document, let layers else {
      throw Failure(.failed, "img-mount", "did not unpack all layers")
    }
    name = document.name
    config = document.config.config
    chain = LayerChain(layers, in: store)
  }

  /// All layers of `config`, the base first; nil where one is missing.
  private static func find(
    _ config: ImageConfig, in store: LayerCache, _ form: LayerForm
  ) throws(Failure) -> [StoredLayer]? {
    var layers: [StoredLayer] = []
    var chain: Digest?
    for diffID in config.diffIDs {
      // image-spec, config.md, Layer ChainID.
      let id = chain.map { Digest.of(Array("\($0) \(diffID.digest)".utf8)) } ?? diffID.digest
      chain = id
      guard let layer = try store.find(LayerID(diffID: diffID, chainID: id), form) else { return nil }
      layers.append(layer)
    }
    return layers
  }

  /// The layers merged, changes going to `upper`.
  func overlay(upper: ContainerOverlay.Upper) throws(Failure) -> ContainerOverlay {
    let isAlone = if case .none = upper { true } else { false }
    let lowers = try chain.lowerDirectories(.absolute, upper: !isAlone)
    var overlay = ContainerOverlay(lowers: lowers.map { .path($0) }, dialect: dialect, upper: upper)
    overlay.isShifted = isShifted
    return overlay
  }

  /// Its files, before anything is mounted.
  func tree() throws(Failure) -> ImageTree {
    do throws(Errno) {
      guard let merged = try chain.merged(dialect) else { throw Errno(ENOENT) }
      return .layers(merged)
    } catch {
      throw error.failure(name)
    }
  }
}

/// What an image says of itself, read from a layout.
struct LayoutImage {
  /// What people call it.
  let name: String
  let config: ImageConfig

  init(name: String, config: ImageConfig) {
    self.name = name
    self.config = config
  }

  /// The image of `operand`; nil where that is an archive or a stream.
  init?(_ operand: ImageOperand, _ platform: Platform, _ environment: Environment) throws(Failure) {
    let path: String
    switch operand.place {
    case .standardInput: return nil
    case .path(let given): path = given
    case .defaultLayout: path = try environment.defaultLayout()
    }
    let kind: FileStatus.Kind
    do { kind = try FileDescriptor.open(path, O_PATH).status().kind } catch { throw error.failure(path) }
    guard kind == .directory else { return nil }
    let layout = try LayoutDirectory.open(path)
    do throws(Failure) {
      var entry = try operand.selector.resolve(in: layout.index()) { (entry) throws(Failure) in
        guard entry.mediaType.isManifest else { return nil }
        return try Manifest(raw: layout.document(entry), mediaType: entry.mediaType).config.digest
      }
      let named = entry
      // As deep as indexes lie in each other anywhere; what goes deeper is no image.
      for _ in 0..<4 where entry.mediaType.isIndex {
        let index = try Index(raw: layout.document(entry), mediaType: entry.mediaType)
        guard let best = platform.bestMatch(among: index.manifests) else {
          throw Failure(.notFound, "", "the index has no manifest for \(platform)")
        }
        entry = best
      }
      let manifest = try Manifest(raw: layout.document(entry), mediaType: entry.mediaType)
      config = try ImageConfig(raw: layout.document(manifest.config))
      try config.check(layersOf: manifest)
      name = named.shortName ?? named.digest.description
    } catch { throw error.about(path) }
  }
}

extension LayoutDirectory {
  /// A manifest, index or configuration, verified.
  fileprivate func document(_ descriptor: Descriptor) throws(Failure) -> [UInt8] {
    guard descriptor.size <= UInt64(JSON.sizeLimit) else {
      throw Failure(.invalid, "", "\(descriptor.digest) is too large for a document")
    }
    return try VerifiedReader(descriptor, bytes(of: descriptor)).readAll()
  }
}
