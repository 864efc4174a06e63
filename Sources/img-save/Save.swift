import CommandLine
import Image
import ImageCommand
import System
import Transfer

/// The images of one archive, from operands to the one copy.
struct Save {
  private let session: Session
  private let docker: DockerManifest?
  private let conversion: ConvertedSource.Conversion
  private let carriers: Carriers
  private var items: [ImageCopy.Item] = []
  private var converted: [ObjectIdentifier: ConvertedSource] = [:]
  private var leftOut: Set<Digest> = []

  init(_ session: Session, docker: DockerManifest?, conversion: ConvertedSource.Conversion) throws(Failure) {
    self.session = session
    self.docker = docker
    self.conversion = conversion
    carriers = try Carriers(session)
  }

  /// Leaves out the layers of an image.
  mutating func leaveOut(_ operand: ImageOperand) throws(Failure) {
    let carrier = try carriers.open(operand.place)
    let entry = try carrier.select(operand.selector)
    let graph = try ImageGraph(entry, in: carrier.source, incomplete: true)
    leftOut.formUnion(graph.layers.map(\.digest))
  }

  /// Adds an image; all images of a stream on standard input where none of them is named.
  mutating func add(_ operand: ImageOperand) throws(Failure) {
    let carrier = try carriers.open(operand.place)
    var entries: [Descriptor] = []
    if operand == ImageOperand(.standardInput) {
      entries = try carrier.images()
    } else {
      entries = [try carrier.select(operand.selector)]
    }
    for entry in entries {
      do { items.append(try item(entry, in: carrier)) } catch { throw error.about(carrier.name) }
    }
  }

  private mutating func item(_ entry: Descriptor, in carrier: Carrier) throws(Failure) -> ImageCopy.Item {
    var item = carrier.item(entry)
    if conversion.changesAnything {
      let source =
        converted[ObjectIdentifier(carrier.source)]
        ?? ConvertedSource(
          carrier.source, conversion, absent: carrier.index.absentBlobs, spool: carriers.spool)
      converted[ObjectIdentifier(carrier.source)] = source
      item = try source.item(item)
      if item.entry.digest != entry.digest {
        let name = entry.shortName ?? entry.digest.description
        session.diagnostics.notice(
          "\(name): manifest rewritten: was \(entry.digest), now \(item.entry.digest)")
      }
    }
    // Of a stream only the documents of its first image can be read ahead without spooling what lies between.
    if items.isEmpty || carrier.source.isParallel || !leftOut.isEmpty || entry.mediaType.isIndex {
      let graph = try ImageGraph(item.entry, in: item.source, incomplete: true)
      try docker?.check(CopiedImage(entry: item.entry, graph: graph))
      item.graph = graph
    }
    return item
  }

  /// Copies the images to `stream`.
  func write(to stream: FileDescriptor, name: String) throws(Failure) {
    let progress = LayerProgress(session.progress, moving: "Saving", done: "Saved")
    let destination = StreamDestination(stream, name: name, observer: progress, docker: docker)
    let leftOut = leftOut
    try ImageCopy(
      to: destination, observer: progress, absence: .leaving { leftOut.contains($0.digest) }
    ).run(items)
  }
}
