import Glibc
import Image
import System

extension LayerCache {
  /// What there is of the layers of an image, and what is to be made.
  public struct Unpacking: Sendable {
    /// Those that are here.
    public var present: [LayerID: StoredLayer]
    /// Those that are not, each once, however often the image has it: this process alone unpacks them.
    public var missing: [NewLayer]
  }

  /// Begins to unpack those of `ids`, the layers of one image from the base up, that are not here.
  ///
  /// Waits for other processes that unpack some of them, and finds what they made; a signal ends that as it ends the
  /// process. Not to be called again before what is missing is published or abandoned: two processes could come to
  /// wait for each other.
  public func beginUnpacking(_ ids: [LayerID], _ form: LayerForm) throws(Failure) -> Unpacking {
    var unpacking = Unpacking(present: [:], missing: [])
    var missing: [LayerKey: [LayerID]] = [:]
    var seen: Set<LayerID> = []
    for id in ids where seen.insert(id).inserted {
      if let layer = try find(id, form) {
        unpacking.present[id] = layer
      } else {
        missing[.independent(id), default: []].append(id)
      }
    }
    guard !missing.isEmpty else { return unpacking }
    let workshops = try workshops(of: form)
    do {
      try removeAbandoned(in: workshops, form.directoryName)
      // In the order of their keys, which is the same for all: no two processes wait for each other.
      for (key, ids) in missing.sorted(by: { $0.key < $1.key }) {
        try begin(key, ids, form, in: workshops, &unpacking)
      }
    } catch {
      for layer in unpacking.missing { layer.abandon() }
      throw error
    }
    return unpacking
  }

  /// Takes the lock on `key` and begins those of `ids` that are still not here.
  private func begin(
    _ key: LayerKey, _ ids: [LayerID], _ form: LayerForm, in workshops: FileDescriptor,
    _ unpacking: inout Unpacking
  ) throws(Failure) {
    let what = "layer \(ids[0].diffID)"
    let workshop: Workshop
    do { workshop = try .enter(key.description, in: workshops) } catch { throw failure(error, what) }
    var missing: [LayerID] = []
    for id in ids {
      if let layer = try find(id, form) { unpacking.present[id] = layer } else { missing.append(id) }
    }
    guard !missing.isEmpty else { return workshop.closeDown() }
    let layer = NewLayer(missing, dependent: false, self, form.directoryName, workshop)
    unpacking.missing.append(layer)
    do { try workshop.directory.removeContents() } catch { throw failure(error, what) }
    try layer.prepare()
  }

  /// `.new` of a form, made with all above it.
  func workshops(of form: LayerForm) throws(Failure) -> FileDescriptor {
    let name = form.directoryName
    let directory = try subdirectory(name)
    do throws(Errno) {
      if let map = form.mapDocument, faccessat(directory.number, "map", F_OK, 0) != 0 {
        let file = try AtomicFile("\(path)/\(name)/map")
        try file.descriptor.write(Array(map.utf8))
        try file.commit()
      }
      return try directory.privateSubdirectory(Name.new)
    } catch { throw failure(error, name) }
  }

  /// Makes new layers visible, all of whose files are written, and keeps leases on them.
  ///
  /// - Parameter durably: whether they must still be there after the machine's next start; else they count as absent
  ///   then, until `settle` is called.
  public func publish(_ layers: [NewLayer], durably: Bool = true) throws(Failure) -> [LayerID: StoredLayer] {
    guard !layers.isEmpty else { return [:] }
    // Before the disk is synchronized, so that no layer is ever without.
    for layer in layers { _ = shortPath(of: layer.place) }
    if !durably { for layer in layers { try mark(layer) } }
    if durably {
      do { try directory.synchronizeFileSystem() } catch { throw failure(error, "writing layers to disk") }
    }
    var result: [LayerID: StoredLayer] = [:]
    for layer in layers {
      let lease: FileDescriptor
      do { lease = try publish(layer) } catch { throw layer.failure(error) }
      for id in layer.ids { result[id] = stored(id, at: layer.place, lease) }
    }
    return result
  }

  /// Gives one layer its name.
  private func publish(_ layer: NewLayer) throws(Errno) -> FileDescriptor {
    let workshop = layer.workshop
    try removeUnsettled(layer.place, into: workshop)
    let lease = try workshop.directory.open(FileName(layer.name), O_RDONLY | O_DIRECTORY)
    // While nobody else can have it open: so nobody can collect it before it is leased. (The workshop's own lock
    // could not become the lease: those who wait for it would wait until the last mount of the layer ends.)
    try lease.lock(.shared)
    _ = try retrying { futimens(lease.number, nil) }
    try workshop.directory.rename(layer.name, to: layer.place, in: directory)
    workshop.closeDown()
    return lease
  }
}
