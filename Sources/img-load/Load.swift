import CommandLine
import Image
import ImageCommand
import Layout
import System
import Transfer

/// The images of one archive, on their way to a layout or a stream.
struct Load {
  private let session: Session
  private let place: ImageOperand.Place
  private let selectors: [ImageSelector]
  private let packing: LayerPacking?

  init(
    _ session: Session, _ place: ImageOperand.Place, _ selectors: [ImageSelector], packing: LayerPacking?
  ) {
    self.session = session
    self.place = place
    self.selectors = selectors
    self.packing = packing
  }

  /// Adds the images to `layout`, the only one as `name` where that is given; their entries there.
  func add(
    to layout: LayoutDirectory, as name: Reference?, durably: Bool
  ) throws(Failure) -> [Descriptor] {
    let (carrier, items) = try items(spool: .layout(layout), name: name)
    let destination = LayoutDestination(layout, observer: progress, durably: durably)
    try named(carrier) { () throws(Failure) in
      try ImageCopy(to: destination, observer: progress, absence: .refused).run(items)
    }
    for moved in destination.movedNames { session.diagnostics.notice("\(moved)") }
    for item in items {
      session.progress.note("Loaded image: \(item.entry.shortName ?? item.entry.digest.description)")
    }
    return items.map(\.entry)
  }

  /// Writes the images as a stream.
  func write(to stream: FileDescriptor) throws(Failure) {
    let spool = Spool.directory(try session.environment.temporaryDirectory())
    let (carrier, items) = try items(spool: spool, name: nil)
    let destination = StreamDestination(stream, name: "standard output", observer: progress)
    try named(carrier) { () throws(Failure) in
      try ImageCopy(to: destination, observer: progress).run(items)
    }
  }

  private var progress: LayerProgress {
    LayerProgress(session.progress, moving: "Loading layer", done: "Load complete")
  }

  private func items(
    spool: Spool, name: Reference?
  ) throws(Failure) -> (carrier: Carrier, items: [ImageCopy.Item]) {
    let carrier = try Carriers(session, spool: spool).open(place)
    var entries = try selectors.isEmpty ? carrier.images() : []
    for selector in selectors { entries.append(try carrier.select(selector)) }
    if let name {
      guard Set(entries.map(\.digest)).count == 1 else {
        throw Failure(
          .usage, carrier.name, "holds several images, which can't have one name; choose with -:NAME")
      }
      entries = [entries[0].named(name)]
    }
    var items = entries.map(carrier.item)
    if let packing {
      let source = ConvertedSource(
        carrier.source, .init(packing: packing), absent: carrier.index.absentBlobs, spool: spool)
      for index in items.indices { items[index] = try source.item(items[index]) }
    }
    return (carrier, items)
  }

  private func named(_ carrier: Carrier, _ body: () throws(Failure) -> Void) throws(Failure) {
    do { try body() } catch { throw error.about(carrier.name) }
  }
}
