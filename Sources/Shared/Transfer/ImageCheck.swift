import Glibc
import Image
import System
import Verification

/// Verifies everything that images reach: that it is there, and size, digest, format, diffIDs.
///
/// It goes on after a problem, where it can.
public final class ImageCheck {
  /// What is wrong, in the order in which images reach it.
  public var problems: [Failure] { found.update { $0 }.sorted { $0.order < $1.order }.map(\.failure) }
  /// What is not there, as it is known not to be: absent platforms of an index, what `index.json` lists as absent.
  public private(set) var absent: [Descriptor] = []
  /// Every blob that is reached.
  public private(set) var reached: Set<Digest> = []
  /// The bytes of the blobs that were read.
  public private(set) var bytes: UInt64 = 0

  private struct Problem: Sendable {
    let order: Int
    let failure: Failure
  }

  /// What a config says of a layer.
  private struct Expectation {
    let order: Int
    let layer: Digest
    let diffID: DiffID
    let config: Digest
  }

  private let name: String
  private let source: any ImageSource
  private let listedAbsent: Set<Digest>
  private let observer: (any TransferObserver)?
  private let pool = WorkPool(limit: max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))))
  private let found = Monitor<[Problem]>([])
  private let diffIDs = Monitor<[Digest: DiffID]>([:])
  private var expectations: [Expectation] = []
  private var algorithms: [Digest: Digest.Algorithm] = [:]
  /// The configs read of a source that gives each blob once: several images may have the same.
  private var configs: [Digest: [UInt8]] = [:]
  private var images: [CopiedImage] = []
  private var order = 0

  /// A check of what `carrier` holds.
  public init(_ carrier: Carrier, observer: (any TransferObserver)? = nil) {
    name = carrier.name
    source = carrier.source
    listedAbsent = Set(carrier.index.absentBlobs)
    self.observer = observer
  }

  /// Checks the images of `entries`; in a stream they come in that order.
  public func run(_ entries: [Descriptor]) throws(Failure) {
    for entry in entries { try check(entry) }
    try pool.finish()
    do { try source.finish(images) } catch { add(error) }
    compareDiffIDs()
  }

  private func check(_ entry: Descriptor) throws(Failure) {
    guard entry.mediaType.isManifest || entry.mediaType.isIndex else { return try verify(entry, as: nil) }
    var missing: [Descriptor] = []
    let graph = try ImageGraph(entry, in: source) { document, depth, failure in
      reached.insert(document.digest)
      if depth > 0, failure.kind == .notFound { missing.append(document) } else { add(failure) }
    }
    for document in graph.documents where reached.insert(document.descriptor.digest).inserted {
      bytes &+= document.descriptor.size
    }
    if graph.manifests.isEmpty, let first = missing.first {
      add(Failure(.invalid, first.digest.description, "is missing, as is all else that the index lists"))
    } else {
      absent += missing
    }
    for config in graph.configs { try verifyConfig(config, of: graph) }
    for layer in graph.layers { try verify(layer, as: algorithm(ofDiffIDOf: layer)) }
    images.append(CopiedImage(entry: entry, graph: graph))
  }

  /// Verifies a config and remembers what it says of the layers.
  private func verifyConfig(_ blob: Descriptor, of graph: ImageGraph) throws(Failure) {
    // What is beside an image only looks like one.
    let manifests = graph.manifests.filter { !$0.descriptor.isAttestation }.map(\.manifest)
      .filter { $0.config.digest == blob.digest }
    guard !manifests.isEmpty, blob.mediaType.isConfig, blob.size <= documentLimit,
      !listedAbsent.contains(blob.digest)
    else {
      return try verify(blob, as: nil)
    }
    if reached.insert(blob.digest).inserted { bytes &+= blob.size }
    do throws(Failure) {
      let raw = if let raw = configs[blob.digest] { raw } else { try source.document(blob) }
      if !source.isParallel { configs[blob.digest] = raw }
      let config = try named(blob.digest.description) { () throws(Failure) in try ImageConfig(raw: raw) }
      for manifest in manifests {
        try named(blob.digest.description) { () throws(Failure) in try config.check(layersOf: manifest) }
        for (layer, diffID) in zip(manifest.layers, config.diffIDs) {
          algorithms[layer.digest] = algorithms[layer.digest] ?? diffID.digest.algorithm
          expectations.append(
            Expectation(order: nextOrder(), layer: layer.digest, diffID: diffID, config: blob.digest))
        }
      }
    } catch { add(error) }
  }

  /// The algorithm of the layer's diffID, where a config says one and it has to be computed.
  private func algorithm(ofDiffIDOf layer: Descriptor) -> Digest.Algorithm? {
    guard let compression = layer.mediaType.layerCompression, compression != .none else { return nil }
    return algorithms[layer.digest]
  }

  /// Has a blob verified, once, beside others where the source can give several.
  private func verify(_ blob: Descriptor, as algorithm: Digest.Algorithm?) throws(Failure) {
    guard reached.insert(blob.digest).inserted else { return }
    guard !listedAbsent.contains(blob.digest) else { return absent.append(blob) }
    bytes &+= blob.size
    observer?.expects(blob)
    let order = nextOrder()
    let (source, observer, found, diffIDs, name) = (source, observer, found, diffIDs, name)
    let job: WorkPool.Job = {
      do throws(Failure) {
        if let algorithm {
          let diffID = try Self.readLayer(blob, in: source, algorithm, observer)
          diffIDs.update { $0[blob.digest] = diffID }
        } else {
          try Self.readBlob(blob, in: source, observer)
        }
        observer?.completed(blob)
      } catch {
        let failure = error.asProblem(of: name)
        found.update { $0.append(Problem(order: order, failure: failure)) }
      }
      return .success(())
    }
    if source.isParallel { try pool.add(job) } else { try job().get() }
  }

  private static func readBlob(
    _ blob: Descriptor, in source: any ImageSource, _ observer: (any TransferObserver)?
  ) throws(Failure) {
    let reader = try source.open(blob)
    while let piece = try reader.next() { observer?.advanced(blob, by: piece.count) }
  }

  private static func readLayer(
    _ layer: Descriptor, in source: any ImageSource, _ algorithm: Digest.Algorithm,
    _ observer: (any TransferObserver)?
  ) throws(Failure) -> DiffID {
    let plain = try PlainLayer(layer, in: source) { observer?.advanced(layer, by: $0) }
    var hasher = ContentHasher(algorithm)
    while let piece = try plain.next() { hasher.update(piece) }
    return DiffID(hasher.finish())
  }

  private func compareDiffIDs() {
    let diffIDs = diffIDs.update { $0 }
    for expected in expectations {
      guard let actual = diffIDs[expected.layer], actual != expected.diffID,
        actual.digest.algorithm == expected.diffID.digest.algorithm
      else { continue }
      add(
        Failure(
          .invalid, expected.layer.description,
          "the plain layer is \(actual), config \(expected.config) says \(expected.diffID)"),
        order: expected.order)
    }
  }

  private func nextOrder() -> Int {
    order += 1
    return order
  }

  private func add(_ failure: Failure, order: Int? = nil) {
    let problem = Problem(order: order ?? nextOrder(), failure: failure.asProblem(of: name))
    found.update { $0.append(problem) }
  }
}

extension Failure {
  /// The failure as one of a check of `name`: what is missing there is as wrong as what is damaged.
  fileprivate func asProblem(of name: String) -> Failure {
    var problem = about(name)
    if problem.kind == .notFound { problem.kind = .invalid }
    return problem
  }
}
