import CommandLine
import Image
import ImageCommand
import Layout
import Registry
import System
import Transfer

/// From a reference to an image in a layout or a stream.
public struct Pull {
  private let client: RegistryClient
  private let session: Session
  /// The platform to take of an index; nil: all.
  private let platform: Platform?
  private let foreign: Bool
  private let durably: Bool

  /// A pull by `client`, shown as `session` shows it.
  ///
  /// - Parameters:
  ///   - platform: what to take of an index; nil: all of it.
  ///   - foreign: whether layers that are not to be distributed are taken, too.
  ///   - durably: whether the disk has everything before a layout names it (syncfs(2)).
  public init(_ client: RegistryClient, _ session: Session, platform: Platform?, foreign: Bool, durably: Bool)
  {
    self.client = client
    self.session = session
    self.platform = platform
    self.foreign = foreign
    self.durably = durably
  }

  /// Writes the images of `references` as one stream, once all of them are known to the registry.
  public func write(_ references: [String], to stream: FileDescriptor) throws(Failure) {
    let progress = layerProgress
    var items: [ImageCopy.Item] = []
    for text in references {
      do throws(Failure) {
        let reference = try Reference(parsing: text)
        begin(reference)
        let resolved = try client.resolve(reference)
        items.append(try item(resolved, reference))
        session.progress.note("Digest: \(resolved.descriptor.digest)")
      } catch { throw error.about(text) }
    }
    let destination = StreamDestination(stream, name: "standard output", observer: progress)
    try copy(items, to: destination, progress)
  }

  /// Adds the image of a reference to `layout`, where it is called `name`; its entry there.
  public func add(_ text: String, to layout: LayoutDirectory, as name: Reference?) throws(Failure)
    -> Descriptor
  {
    do {
      let reference = try Reference(parsing: text)
      let name = name ?? reference
      begin(reference)
      if let entry = try current(reference, as: name, in: layout) {
        session.progress.note("Status: Image is up to date for \(reference.familiarName)")
        return entry
      }
      let resolved = try client.resolve(reference)
      let item = try item(resolved, name)
      let progress = layerProgress
      try copy(
        [item], to: LayoutDestination(layout, observer: progress, durably: durably), progress)
      session.progress.note("Digest: \(resolved.descriptor.digest)")
      session.progress.note("Status: Downloaded newer image for \(reference.familiarName)")
      return item.entry
    } catch { throw error.about(text) }
  }

  private var layerProgress: LayerProgress {
    LayerProgress(session.progress, moving: "Downloading", done: "Pull complete")
  }

  private func begin(_ reference: Reference) {
    let version = reference.digest?.description ?? reference.tag ?? ""
    session.progress.begin("\(version): Pulling from \(reference.path)")
  }

  private func item(_ resolved: Resolved, _ name: Reference) throws(Failure) -> ImageCopy.Item {
    let source = RegistrySource(client, resolved, foreign: foreign)
    var entry = resolved.descriptor.named(name)
    if let platform { entry = try source.manifest(for: platform, of: entry) }
    return ImageCopy.Item(
      entry, from: source, called: name.familiarName, graph: try ImageGraph(entry, in: source))
  }

  private func copy(
    _ items: [ImageCopy.Item], to destination: any ImageDestination, _ progress: LayerProgress
  ) throws(Failure) {
    let foreign = foreign
    try ImageCopy(
      to: destination, observer: progress, absence: .leaving { !foreign && $0.isForeign }
    ).run(items)
  }

  /// The layout's entry for `name`, if it is what the registry has and whole.
  ///
  /// The registry's word only decides that nothing is to be done: what is fetched is verified by itself.
  private func current(
    _ reference: Reference, as name: Reference, in layout: LayoutDirectory
  ) throws(Failure) -> Descriptor? {
    let index = try layout.index()
    guard let entry = index.manifests.first(where: { $0.imageName == name.fullName }), isWanted(entry),
      let digest = try client.head(reference), digest == entry.digest || digest == entry.indexDigest
    else { return nil }
    let absent = Set(index.absentBlobs)
    // What can't be read of it is fetched anew.
    guard let graph = try? ImageGraph(entry, in: LayoutSource(layout)) else { return nil }
    let blobs = graph.blobs.filter { !(absent.contains($0.digest) && $0.isForeign && !foreign) }
    guard blobs.allSatisfy(layout.contains) else { return nil }
    let progress = layerProgress
    blobs.forEach(progress.present)
    session.progress.note("Digest: \(digest)")
    return entry
  }

  /// Whether the entry is for the platforms asked for.
  private func isWanted(_ entry: Descriptor) -> Bool {
    guard let platform else { return entry.indexDigest == nil }
    if entry.mediaType.isIndex { return false }
    return entry.platform.map { $0.normalized == platform.normalized } ?? true
  }
}
