import Image
import Layout
import System

/// A layout directory as the writing end of a copy: several blobs at once, `index.json` last.
public final class LayoutDestination: ImageDestination {
  /// As many blobs at once as registries serve well (what containers/image and browsers do).
  static let parallelBlobs = 6

  private let layout: LayoutDirectory
  private let observer: (any TransferObserver)?
  private let durably: Bool
  private let pool = WorkPool(limit: parallelBlobs)
  private var lease: LayoutDirectory.Lease?
  /// Names that were another image's before, once `finish` is done.
  public private(set) var movedNames: [Index.MovedName] = []

  /// Writes to `layout`.
  ///
  /// - Parameter durably: whether blobs are on the disk before `index.json` names them (syncfs(2)).
  public init(_ layout: LayoutDirectory, observer: (any TransferObserver)?, durably: Bool) {
    self.layout = layout
    self.observer = observer
    self.durably = durably
  }

  /// Blobs arrive in any order.
  public var isSequential: Bool { false }

  /// From now on garbage collection leaves alone what is there.
  public func begin(_ entries: [Descriptor], absent: [Digest]) throws(Failure) {
    lease = try layout.beginWriting()
  }

  /// Whether the blob's file is there and has the right size.
  public func has(_ descriptor: Descriptor) throws(Failure) -> Bool { layout.contains(descriptor) }

  /// Writes the document under its digest.
  public func put(_ descriptor: Descriptor, document: [UInt8]) throws(Failure) {
    try layout.store(document, descriptor)
  }

  /// Has the blob moved, beside others where the source can give several at once.
  public func put(_ descriptor: Descriptor, from source: any ImageSource) throws(Failure) {
    let layout = layout
    let observer = observer
    let job: WorkPool.Job = {
      do throws(Failure) {
        if let staged = try source.staged(descriptor), try layout.adopt(staged, as: descriptor) {
          observer?.advanced(descriptor, by: Int(clamping: descriptor.size))
          observer?.completed(descriptor)
          return .success(())
        }
        try layout.store(
          descriptor, resuming: source.isRemote,
          from: { (offset) throws(Failure) in try source.bytes(of: descriptor, from: offset) },
          advanced: { observer?.advanced(descriptor, by: $0) })
        observer?.completed(descriptor)
        return .success(())
      } catch { return .failure(error) }
    }
    if source.isParallel {
      try pool.add(job)
    } else {
      try job().get()
    }
  }

  /// Adds the images to `index.json`, where they take over their names.
  public func finish(_ images: [CopiedImage], absent: [Digest]) throws(Failure) {
    try pool.finish()
    let here = Set(images.flatMap(\.graph.blobs).filter(layout.contains).map(\.digest))
    let known = Set(absent)
    var moved: [Index.MovedName] = []
    try layout.update(durably: durably) { (index) throws(Failure) in
      moved = index.add(images.map(\.entry))
      let lacking = index.absentBlobs.filter { !known.contains($0) } + absent
      index.setAbsentBlobs(lacking.filter { !here.contains($0) })
    }
    movedNames = moved
    lease = nil
  }

  /// What arrived stays for the next run; no image names it.
  public func abandon() { lease = nil }
}
