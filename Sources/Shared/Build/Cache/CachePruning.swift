import Glibc
import Image
import LayerStore
import Layout
import System

/// Removes what builds have made and nobody has used lately from a build cache, that least lately used first.
public struct CachePruning {
  /// What is removed together.
  public struct Item: Hashable, Sendable {
    /// What it is, for people: `image ID` or `mount NAME`.
    public let name: String
    /// When it was last of use, seconds since 1970.
    public let lastUse: Int64
    /// The bytes on the disk that go with it and with what is used less lately.
    public fileprivate(set) var size: UInt64
    fileprivate let place: Place
  }

  fileprivate enum Place: Hashable {
    case image(Digest)
    case mount(String)
  }

  private let path: String
  private let directory: FileDescriptor
  private let images: LayoutDirectory
  private let right: LayoutDirectory.Lease

  /// The cache at `path`, of which nothing is in use.
  ///
  /// - Throws: `notFound` where there is none, `failed` where a build is using it.
  public init(_ path: String) throws(Failure) {
    self.path = path
    do { directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY) } catch {
      throw error.failure(path)
    }
    images = try LayoutDirectory.open("\(path)/\(BuildCache.Name.images)")
    guard let right = try images.beginCollecting(waiting: false) else {
      throw Failure(.failed, path, "a build is using it (try again when that has ended)")
    }
    self.right = right
  }

  /// Removes items until the cache takes no more than `limit` bytes on the disk, and none that was used lately.
  ///
  /// - Parameters:
  ///   - limit: nil: all that is old enough goes.
  ///   - age: how long, in seconds, what is removed must have been of no use.
  ///   - dryRun: whether only to say which.
  ///   - removed: told of each that is gone, or would be.
  /// - Returns: the bytes that the cache takes on the disk now, or would.
  public func run(
    limit: UInt64? = nil, unusedFor age: Int64 = 0, dryRun: Bool = false, removed: (Item) -> Void
  ) throws(Failure) -> UInt64 {
    var total: UInt64
    do { total = try directory.diskUsage() } catch { throw error.failure(path) }
    let records = recordsByImage()
    let index = try images.index()
    var holders: [Digest: Int] = [:]
    var reached: [Digest: [Digest]] = [:]
    for entry in index.manifests where reached[entry.digest] == nil {
      // An entry that is broken holds nothing.
      let blobs = (try? images.blobs(reachedBy: entry)) ?? [entry.digest]
      reached[entry.digest] = blobs
      for blob in blobs { holders[blob, default: 0] += 1 }
    }
    for blob in try images.garbage(beside: index) { total -= min(total, size(of: blob.digest)) }
    var chosen: [Item] = []
    let now = Int64(time(nil))
    for var item in try items(index, records) {
      if let limit, total <= limit { break }
      guard now - item.lastUse >= age || age <= 0 else { break }
      if case .image(let digest) = item.place {
        for blob in reached[digest] ?? [] {
          holders[blob, default: 1] -= 1
          if holders[blob] == 0 { item.size += size(of: blob) }
        }
      } else if isInUse(item) {
        continue
      }
      total -= min(total, item.size)
      chosen.append(item)
    }
    if !dryRun { try remove(chosen, index, records) }
    for item in chosen { removed(item) }
    return total
  }
}

extension CachePruning {
  /// The names of the records of steps, by the image that a step gave.
  private func recordsByImage() -> [Digest: [String]] {
    var records: [Digest: [String]] = [:]
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    for name in names(in: BuildCache.Name.steps) {
      guard
        let file = try? directory.open("\(BuildCache.Name.steps)/\(name)", flags, resolve: BuildCache.inside),
        let bytes = try? file.readToEnd(limit: StepRecord.sizeLimit), let json = try? JSON(parsing: bytes),
        let digest = json["image"]?["digest"]?.string.flatMap({ Digest($0) })
      else { continue }
      records[digest, default: []].append(name)
    }
    return records
  }

  /// All that can be removed, that least lately used first; images without their size.
  private func items(_ index: Index, _ records: [Digest: [String]]) throws(Failure) -> [Item] {
    var items: Set<Item> = []
    for entry in index.manifests {
      var used = lastUse(of: Self.file(of: entry.digest))
      for record in records[entry.digest] ?? [] {
        used = max(used, lastUse(of: "\(BuildCache.Name.steps)/\(record)"))
      }
      items.insert(
        Item(
          name: "image \(entry.shortName ?? entry.digest.description)", lastUse: used, size: 0,
          place: .image(entry.digest)))
    }
    for name in names(in: BuildCache.Name.mounts) {
      let place = "\(BuildCache.Name.mounts)/\(name)"
      guard let mount = try? directory.open(place, O_RDONLY | O_DIRECTORY, resolve: BuildCache.inside),
        let size = try? mount.diskUsage()
      else { continue }
      items.insert(Item(name: "mount \(name)", lastUse: lastUse(of: place), size: size, place: .mount(name)))
    }
    return items.sorted { ($0.lastUse, $0.name) < ($1.lastUse, $1.name) }
  }

  /// Whether a build holds a mount.
  private func isInUse(_ item: Item) -> Bool {
    guard case .mount(let name) = item.place else { return false }
    let place = "\(BuildCache.Name.mounts)/\(name)"
    guard let mount = try? directory.open(place, O_RDONLY | O_DIRECTORY, resolve: BuildCache.inside) else {
      return true
    }
    return (try? mount.lock(.exclusive, waiting: false)) == nil
  }

  private static func file(of blob: Digest) -> String {
    "\(BuildCache.Name.images)/blobs/\(blob.algorithm.rawValue)/\(blob.hex)"
  }

  private func size(of blob: Digest) -> UInt64 {
    guard let status = try? directory.status(of: Self.file(of: blob)) else { return 0 }
    return UInt64(clamping: status.raw.st_blocks).multipliedReportingOverflow(by: 512).partialValue
  }

  private func lastUse(of place: String) -> Int64 {
    (try? directory.status(of: place)).map { Int64($0.raw.st_mtim.tv_sec) } ?? 0
  }

  private func names(in place: String) -> [String] {
    let found = try? directory.open(place, O_RDONLY | O_DIRECTORY, resolve: BuildCache.inside).names()
    return (found ?? []).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension CachePruning {
  /// Removes records first, then names, then blobs: killed at any moment, what a record says is there or is a miss.
  private func remove(
    _ items: [Item], _ index: Index, _ records: [Digest: [String]]
  ) throws(Failure) {
    let gone = Set(items.map(\.place))
    let kept = Set(index.manifests.map(\.digest).filter { !gone.contains(.image($0)) })
    for (image, names) in records where !kept.contains(image) {
      for name in names { try unlink(name, in: BuildCache.Name.steps) }
    }
    try images.update(durably: false) { (index) throws(Failure) in
      index.remove { gone.contains(.image($0.digest)) }
    }
    try images.collect(with: right, partialsOlderThan: 0) { _ in }
    for item in items {
      guard case .mount(let name) = item.place else { continue }
      try removeMount(name)
    }
    guard kept.isEmpty else { return }
    // Without images they are of little use.
    for name in names(in: BuildCache.Name.contents) { try unlink(name, in: BuildCache.Name.contents) }
    do { try directory.unlink(BuildCache.Name.files) } catch {
      if error.rawValue != ENOENT { throw error.failure("\(path)/\(BuildCache.Name.files)") }
    }
  }

  private func unlink(_ name: String, in place: String) throws(Failure) {
    do { try directory.subdirectory(place).unlink(name) } catch {
      if error.rawValue != ENOENT { throw error.failure("\(path)/\(place)/\(name)") }
    }
  }

  /// Removes a mount that nobody holds; who waits for it makes it anew.
  private func removeMount(_ name: String) throws(Failure) {
    do throws(Errno) {
      let mounts = try directory.subdirectory(BuildCache.Name.mounts)
      let mount = try mounts.open(FileName(name), O_RDONLY | O_DIRECTORY)
      do { try mount.lock(.exclusive, waiting: false) } catch {
        if error.rawValue == EWOULDBLOCK { return }
        throw error
      }
      try mount.removeContents()
      try mounts.unlink(FileName(name), directory: true)
    } catch { throw error.failure("\(path)/\(BuildCache.Name.mounts)/\(name)") }
  }
}
