import Glibc
import Image
import Layer
import LayerStore
import Overlay
import System
import Transfer

/// The layer store as the writing end of a copy: takes the layers that are missing there, several at once.
final class LayerDestination: ImageDestination, @unchecked Sendable {
  // `result` is set by `finish`, after which only one thread has it.

  private struct State {
    /// The trees that are whole.
    var trees: [LayerID: FileDescriptor] = [:]
    var done: [NewLayer] = []
    /// Jobs that are at work in a tree.
    var running = 0
    /// The first failure: whoever else is at work stops with the same.
    var failure: Failure?
    /// Whether what was unpacked is removed; nil before that is begun.
    var isRemoved: Bool?
  }

  private let ids: [LayerID]
  private let cache: LayerCache
  private let unpacking: LayerCache.Unpacking
  private let settings: ImageUnpacking.Settings
  private let budget: Budget
  private let observer: (any TransferObserver)?
  /// What is to be made of a blob.
  private let wanted: [Digest: [NewLayer]]
  private let state = Monitor(State())
  private let pool = WorkPool(limit: processorCount)
  /// The layers, the base first, once all are there.
  private(set) var result: [StoredLayer] = []

  /// Takes what is missing of `layers`, whose places are `ids`.
  init(
    _ layers: [Descriptor], _ ids: [LayerID], in cache: LayerCache, _ settings: ImageUnpacking.Settings,
    observer: (any TransferObserver)?
  ) throws(Failure) {
    self.ids = ids
    self.cache = cache
    self.settings = settings
    self.observer = observer
    budget = try Budget(settings.limit, in: cache)
    unpacking = try cache.beginUnpacking(ids, settings.form)
    var wanted: [Digest: [NewLayer]] = [:]
    for layer in unpacking.missing {
      guard let place = ids.firstIndex(of: layer.ids[0]) else {
        preconditionFailure("a layer of another image")
      }
      wanted[layers[place].digest, default: []].append(layer)
    }
    self.wanted = wanted
  }

  /// Whether nothing is to be unpacked.
  var isComplete: Bool { unpacking.missing.isEmpty }

  /// Layers may arrive in any order.
  var isSequential: Bool { false }

  /// Nothing is written that has an index.
  func begin(_ entries: [Descriptor], absent: [Digest]) throws(Failure) {}

  /// Whether nothing of the blob is needed: documents never are.
  func has(_ descriptor: Descriptor) throws(Failure) -> Bool { wanted[descriptor.digest] == nil }

  /// Documents are not kept.
  func put(_ descriptor: Descriptor, document: [UInt8]) throws(Failure) {}

  /// Unpacks a layer, beside others where the source can give several at once.
  func put(_ descriptor: Descriptor, from source: any ImageSource) throws(Failure) {
    let job: WorkPool.Job = { [self] in
      do throws(Failure) {
        try enter()
        defer { leave() }
        for layer in wanted[descriptor.digest] ?? [] { try unpack(layer, descriptor, from: source) }
        observer?.completed(descriptor)
        return .success(())
      } catch {
        stop(error)
        return .failure(error)
      }
    }
    if source.isParallel {
      try pool.add(job)
    } else {
      try job().get()
    }
  }

  /// Makes all that was unpacked visible.
  func finish(_ images: [CopiedImage], absent: [Digest]) throws(Failure) {
    try pool.finish()
    let made = try cache.publish(state.update { $0.done }, durably: settings.durably)
    result = ids.map { id in
      guard let layer = unpacking.present[id] ?? made[id] else {
        preconditionFailure("a layer was not unpacked")
      }
      return layer
    }
  }

  /// Removes what was unpacked, once nobody is at work in it any more.
  func abandon() {
    stop(Failure(.failed, "", "stopped"))
    state.wait { $0.running == 0 ? () : nil }
    remove()
  }

  /// Removes what was unpacked, once: two at it would be in each other's way.
  private func remove() {
    let isFirst = state.update { state in
      defer { state.isRemoved = state.isRemoved ?? false }
      return state.isRemoved == nil
    }
    guard isFirst else { return state.wait { $0.isRemoved == true ? () : nil } }
    for layer in unpacking.missing { layer.abandon() }
    state.update { $0.isRemoved = true }
  }

  /// Removes what was unpacked: the process ends.
  func interrupt() {
    stop(Failure(.failed, "", "stopped"))
    // Who is at work stops at the next piece, unless it waits for a pipe, and then it makes nothing either.
    for _ in 0..<20 where state.update({ $0.running > 0 }) { usleep(15_000) }
    remove()
  }
}

extension LayerDestination {
  private func stop(_ failure: Failure) { state.update { $0.failure = $0.failure ?? failure } }

  private func enter() throws(Failure) {
    try state.update { state throws(Failure) in
      if let failure = state.failure { throw failure }
      state.running += 1
    }
  }

  private func leave() { state.update { $0.running -= 1 } }

  /// Unpacks `blob` to `layer` and, where it depends on what is below, to each place that it has in the image.
  private func unpack(
    _ layer: NewLayer, _ blob: Descriptor, from source: any ImageSource
  ) throws(Failure) {
    var rest = [layer]
    while let layer = rest.popLast() { rest += try fill(layer, blob, from: source) }
  }

  /// Unpacks `blob` to `layer`; the further places for which it has to be unpacked.
  private func fill(
    _ layer: NewLayer, _ blob: Descriptor, from source: any ImageSource
  ) throws(Failure) -> [NewLayer] {
    let name = blob.digest.description
    let diffID = layer.ids[0].diffID
    let feed = try LayerFeed(blob, of: source, like: diffID) { [observer] in
      observer?.advanced(blob, by: $0)
    }
    let reader = LayerReader(name) { [self] () throws(Failure) in
      if let failure = state.update({ $0.failure }) { throw failure }
      return try feed.next()
    }
    let tree = try layer.tree()
    var places = [layer]
    let (dialect, owners) = settings.form.marks
    let unpacker = try LayerUnpacker(
      into: tree, name: name, dialect: dialect, owners: owners, limits: .init(spend: budget.spend)
    ) { [self] () throws(Failure) in
      if !layer.isDependent { places = try layer.becomeDependent() }
      return try below(places[0].ids[0])
    }
    try unpacker.unpack(reader)
    guard feed.diffID == diffID else {
      throw Failure(
        .invalid, name,
        "what it unpacks to has the digest \(feed.diffID ?? diffID), not \(diffID) of the configuration")
    }
    state.update { state in
      state.done.append(places[0])
      for id in places[0].ids { state.trees[id] = tree }
    }
    return Array(places.dropFirst())
  }

  /// What lies below the layer of `id`, once it is whole; nil for the base.
  private func below(_ id: LayerID) throws(Failure) -> OverlayDirectory? {
    // The base was begun first, and waits for nobody: so everything below gets done.
    let lower = ids.prefix { $0 != id }
    let trees = try state.wait { state throws(Failure) -> [LayerID: FileDescriptor]? in
      if let failure = state.failure { throw failure }
      return lower.allSatisfy { unpacking.present[$0] != nil || state.trees[$0] != nil } ? state.trees : nil
    }
    var roots: [FileDescriptor] = []
    var seen: Set<DiffID> = []
    for id in lower.reversed() where seen.insert(id.diffID).inserted {
      if let tree = trees[id] {
        roots.append(tree)
      } else if let layer = unpacking.present[id] {
        do { roots.append(try FileDescriptor.open(layer.path, O_RDONLY | O_DIRECTORY)) } catch {
          throw error.failure(layer.path)
        }
      }
    }
    guard !roots.isEmpty else { return nil }
    do { return try OverlayDirectory(roots: roots, dialect: settings.form.marks.dialect) } catch {
      throw error.failure("layer \(id.diffID)")
    }
  }
}
