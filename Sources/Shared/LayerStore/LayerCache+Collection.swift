import Glibc
import System

extension LayerCache {
  /// A layer that nobody has used for long.
  public struct UnusedLayer: Hashable, Sendable {
    /// Its directory, relative to the store: `FORM/KEY`.
    public let place: String
    /// When it was last used, seconds since 1970, a minute more or less.
    public let lastUse: Int64
    /// The bytes that it takes on the disk; nil where they were not counted.
    public let size: UInt64?
  }

  /// Removes the layers that were not used for `seconds`, unless somebody uses them now or a mount shows them; and what
  /// killed commands left.
  ///
  /// - Parameters:
  ///   - seconds: 0 for all.
  ///   - dryRun: whether only to say which.
  ///   - measuring: whether to count the bytes they take, which takes a look at each file.
  ///   - removed: told of each that is gone, or would be.
  /// - Throws: the first failure, after all else was tried; `invalid` where it can't be known what a mount shows.
  public func collect(
    unusedFor seconds: Int64, dryRun: Bool = false, measuring: Bool = false, removed: (UnusedLayer) -> Void
  ) throws(Failure) {
    var first: Failure?
    func attempt(_ step: () throws(Failure) -> Void) {
      do throws(Failure) { try step() } catch { first = first ?? error }
    }
    if !dryRun { attempt(removeDeadMounts) }
    var shown = ShownLayers(self)
    for form in try names(of: directory, ".") where LayerForm.isDirectoryName(form) {
      attempt { () throws(Failure) in
        guard let place = try existing(form) else { return }
        let bin = dryRun ? nil : try bin(of: place, form)
        for name in try names(of: place, form) {
          guard let key = LayerKey(name) else { continue }
          attempt { () throws(Failure) in
            if let layer = try collect("\(form)/\(key)", seconds, into: bin, measuring, &shown) {
              removed(layer)
            }
          }
        }
        bin?.closeDown()
        if !dryRun { try removeAbandoned(in: workshops(of: place, form), form) }
      }
    }
    if !dryRun { attempt(removeDanglingLinks) }
    if let first { throw first }
  }

  /// The name in `.new` of where collected layers are removed.
  private static let bin = "collected"

  /// The place where this process alone removes layers of a form, which waits for another that does.
  private func bin(of place: FileDescriptor, _ form: String) throws(Failure) -> Workshop {
    do throws(Errno) {
      let bin = try Workshop.enter(Self.bin, in: try place.privateSubdirectory(Name.new))
      try bin.directory.removeContents()
      return bin
    } catch { throw failure(error, "\(form)/\(Name.new)") }
  }

  /// Removes the layer at `place`, or without `bin` only looks at it; nil where it is to stay.
  private func collect(
    _ place: String, _ seconds: Int64, into bin: Workshop?, _ measuring: Bool, _ shown: inout ShownLayers
  ) throws(Failure) -> UnusedLayer? {
    guard let layer = try existing(place) else { return nil }
    let lastUse: Int64
    let isLost: Bool
    do throws(Errno) {
      do { try layer.lock(.exclusive, waiting: false) } catch {
        if error.rawValue == EWOULDBLOCK { return nil }
        throw error
      }
      guard let status = try directory.status(ofOpen: layer, at: place) else { return nil }
      lastUse = Int64(status.raw.st_mtim.tv_sec)
      isLost = try isOfEarlierRun(layer)
    } catch { throw failure(error, place) }
    guard seconds <= 0 || isLost || Int64(time(nil)) - lastUse >= seconds else { return nil }
    // Now that it is locked: whoever held a lease on it until now has written down what is to outlive the lease.
    guard try !shown.contain(place) else { return nil }
    do throws(Errno) {
      let size = measuring ? try layer.diskUsage() : nil
      if let bin {
        try directory.rename(place, to: Self.bin, in: bin.directory)
        // Who waits for a lease may go on now, and finds that the layer is gone.
        try layer.unlock()
        try bin.directory.removeContents()
      }
      return UnusedLayer(place: place, lastUse: lastUse, size: size)
    } catch { throw failure(error, place) }
  }

  private func workshops(of place: FileDescriptor, _ form: String) throws(Failure) -> FileDescriptor {
    do { return try place.privateSubdirectory(Name.new) } catch {
      throw failure(error, "\(form)/\(Name.new)")
    }
  }

  /// Removes what killed processes left in `.new`.
  func removeAbandoned(in new: FileDescriptor, _ form: String) throws(Failure) {
    do throws(Errno) {
      for name in try new.names() {
        guard let name = String(validating: name, as: UTF8.self) else { continue }
        try Workshop.enterAbandoned(name, in: new)?.demolish()
      }
    } catch { throw failure(error, "\(form)/\(Name.new)") }
  }
}

/// The layers that mounts show, learned as one goes.
private struct ShownLayers {
  private let store: LayerCache
  private var known: Set<String> = []
  private var layers: Set<String> = []

  init(_ store: LayerCache) { self.store = store }

  /// Whether a mount that may be there shows the layer at `place`, as of now.
  mutating func contain(_ place: String) throws(Failure) -> Bool {
    if let mounts = try store.existing(LayerCache.Name.mounts) {
      var system: MountSystem?
      for id in try store.names(of: mounts, LayerCache.Name.mounts) where !known.contains(id) {
        if system == nil { system = try MountSystem() }
        guard let now = system else { continue }
        guard let record = try store.record(id, in: mounts, now) else { continue }
        known.insert(id)
        // One that is just being made is in no table yet.
        if !now.mayHave(record), try !store.isTaken(id, in: mounts) { continue }
        layers.formUnion(record.layers)
      }
    }
    return layers.contains(place)
  }
}
