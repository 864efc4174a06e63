import Glibc
import Image
import Layout
import System

/// What images are read from, opened: a layout directory, an archive file or a stream.
public struct Carrier {
  /// What it is called in errors.
  public let name: String
  /// Where blobs are read.
  public let source: any ImageSource
  /// Which images it holds.
  public let index: Index

  /// The images of `index` in `source`, called `name` in errors.
  public init(name: String, source: any ImageSource, index: Index) {
    self.name = name
    self.source = source
    self.index = index
  }

  /// Opens a layout directory or an archive file.
  ///
  /// - Parameter spool: where members wait if the order of an archive demands it.
  public static func open(_ path: String, spool: Spool) throws(Failure) -> Carrier {
    let file: FileDescriptor
    let kind: FileStatus.Kind
    do throws(Errno) {
      // A FIFO is opened as any stream is: once somebody writes to it.
      file = try FileDescriptor.open(path, O_RDONLY | O_NOCTTY)
      kind = try file.status().kind
    } catch { throw error.failure(path) }
    if kind == .directory {
      let layout = try LayoutDirectory.open(path)
      return Carrier(name: path, source: LayoutSource(layout), index: try layout.index())
    }
    return try open(file, name: path, spool: spool)
  }

  /// Opens a stream or an archive file.
  public static func open(
    _ stream: FileDescriptor, name: String, spool: Spool
  ) throws(Failure) -> Carrier {
    let archive = try ArchiveSource(stream, name: name, spool: spool)
    return Carrier(name: name, source: archive, index: archive.index)
  }

  /// The entry that `selector` means.
  public func select(_ selector: ImageSelector) throws(Failure) -> Descriptor {
    try named(name) { () throws(Failure) in
      try selector.resolve(in: index) { (entry) throws(Failure) in try imageID(of: entry) }
    }
  }

  /// The image ID of an entry: the digest of its configuration; nil of what is no image, or one of several platforms.
  public func imageID(of entry: Descriptor) throws(Failure) -> Digest? {
    guard entry.mediaType.isManifest else { return nil }
    return try Manifest(raw: source.document(entry), mediaType: entry.mediaType).config.digest
  }

  /// The image of `entry`, to be copied.
  public func item(_ entry: Descriptor) -> ImageCopy.Item {
    ImageCopy.Item(entry, from: source, called: name, absent: index.absentBlobs)
  }

  /// Every image that it holds.
  ///
  /// - Throws: `notFound` where there is none.
  public func images() throws(Failure) -> [Descriptor] {
    let entries = index.manifests.filter { $0.mediaType.isManifest || $0.mediaType.isIndex }
    if entries.isEmpty { throw Failure(.notFound, name, "no image in it") }
    return entries
  }
}

extension ImageSource {
  /// The entry for one platform of the index at `entry`: its manifest, with the name of the index and its digest.
  ///
  /// - Throws: `notFound` where the index has none for `platform`, with those that it has.
  public func manifest(for platform: Platform, of entry: Descriptor) throws(Failure) -> Descriptor {
    var chosen = entry
    for _ in 0..<ImageGraph.deepestNesting where chosen.mediaType.isIndex {
      let index = try named(chosen.digest.description) { () throws(Failure) in
        try Index(raw: document(chosen), mediaType: chosen.mediaType)
      }
      guard let best = platform.bestMatch(among: index.manifests) else {
        let others = index.manifests.filter { !$0.isAttestation }.compactMap { $0.platform?.description }
        throw Failure(
          .notFound, "",
          others.isEmpty
            ? "no image for \(platform)"
            : "no image for \(platform); there is \(others.joined(separator: ", "))")
      }
      chosen = best
    }
    guard chosen.digest != entry.digest else { return entry }
    chosen.annotations.merge(entry.annotations) { $1 }
    chosen.annotations[AnnotationKey.indexDigest] = entry.digest.description
    return chosen
  }
}
