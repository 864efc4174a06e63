import CommandLine
import Image
import ImageCommand
import Registry
import System
import Transfer

/// From an image to its names in registries.
public struct Push {
  private let client: RegistryClient
  private let session: Session
  /// The platform to take of an index; nil: all.
  private let platform: Platform?
  private let conversion: ConvertedSource.Conversion
  private let progress: LayerProgress

  /// Pushes by `client` what `session` reads.
  ///
  /// - Parameters:
  ///   - platform: the platform to take of an index; nil: all.
  ///   - conversion: what becomes of manifests and layers on the way.
  public init(
    _ client: RegistryClient, _ session: Session, platform: Platform?,
    _ conversion: ConvertedSource.Conversion
  ) {
    self.client = client
    self.session = session
    self.platform = platform
    self.conversion = conversion
    progress = LayerProgress(
      session.progress,
      LayerProgress.Words(
        waiting: "Preparing", moving: "Pushing", done: "Pushed", present: "Layer already exists"))
  }

  /// The names of one repository, and the way there.
  private struct Target {
    let references: [Reference]
    let destination: RegistryDestination
  }

  /// Pushes the image under each of `references`.
  public func push(_ operand: ImageOperand, to references: [Reference]) throws(Failure) {
    let carriers = try Carriers(session)
    let carrier = try carriers.open(operand.place)
    var entry = try carrier.select(operand.selector)
    let origins = BlobOrigins(
      carrier, try? Notebook(session.environment.cacheDirectory() + "/push"))
    let targets = try targets(references, origins)
    let item: ImageCopy.Item
    do throws(Failure) {
      if targets.count > 1 { try (carrier.source as? ArchiveSource)?.settle() }
      if let platform { entry = try carrier.source.manifest(for: platform, of: entry) }
      item = try self.item(carrier.item(entry), targets, origins, carriers.spool)
    } catch { throw error.about(carrier.name) }
    for target in targets {
      session.diagnostics.attempt { () throws(Failure) in try push(item, to: target) }
    }
  }

  /// The names, those of one repository together, in order.
  private func targets(_ references: [Reference], _ origins: BlobOrigins) throws(Failure) -> [Target] {
    var groups: [[Reference]] = []
    for reference in references {
      if let index = groups.firstIndex(where: { $0[0].repository == reference.repository }) {
        groups[index].append(reference)
      } else {
        groups.append([reference])
      }
    }
    var targets: [Target] = []
    for group in groups {
      let destination = try RegistryDestination(
        client, group, observer: progress, memory: origins.memory(of: group[0]))
      targets.append(Target(references: group, destination: destination))
    }
    return targets
  }

  /// What is pushed in place of `item`: with its plain layers compressed, and of other types where that is asked for.
  private func item(
    _ item: ImageCopy.Item, _ targets: [Target], _ origins: BlobOrigins, _ spool: Spool
  ) throws(Failure) -> ImageCopy.Item {
    var conversion = conversion
    let askers = targets.map(\.destination.asking)
    conversion.recall = { (layer, packing) throws(Failure) in
      guard let packed = origins.packed(layer, packing) else { return nil }
      var descriptor = layer
      (descriptor.digest, descriptor.size) = (packed.digest, packed.size)
      for asker in askers where (try? asker(descriptor)) != true { return nil }
      return packed
    }
    conversion.learned = origins.learn
    var converted = try ConvertedSource(item.source, conversion, absent: item.absent, spool: spool).item(item)
    if converted.entry.digest != item.entry.digest {
      let name = item.entry.shortName ?? item.name
      session.diagnostics.notice(
        "\(name): manifest rewritten: was \(item.entry.digest), now \(converted.entry.digest)")
    }
    converted.graph = try ImageGraph(converted.entry, in: converted.source, incomplete: true)
    return converted
  }

  private func push(_ item: ImageCopy.Item, to target: Target) throws(Failure) {
    let repository = target.references[0].familiarRepository
    session.progress.begin("The push refers to repository [\(repository)]")
    if let graph = item.graph { target.destination.announce(graph) }
    try ImageCopy(to: target.destination, observer: progress, absence: .distributable).run([item])
    for reference in target.references {
      let digest = item.entry.digest
      let label = reference.tag.map { "\($0): digest: \(digest)" } ?? "digest: \(digest)"
      session.progress.note("\(label) size: \(item.entry.size)")
      let name = reference.tag == nil ? reference.familiarRepository : reference.familiarName
      try session.streams.print("\(name)@\(digest)")
    }
  }
}
