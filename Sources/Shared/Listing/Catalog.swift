import CommandLine
import Glibc
import Image
import ImageCommand
import System
import Transfer

/// The images of one place, newest first.
public struct PlaceListing {
  /// What the place is called.
  let name: String
  /// Its images.
  var images: [ListedImage]
}

/// Reads what places hold.
public struct Catalog {
  private let session: Session
  private let carriers: Carriers

  /// A reader of the places that `session` sees, each opened once.
  public init(_ session: Session) throws(Failure) {
    self.session = session
    carriers = try Carriers(session)
  }

  /// The images at `place`; one that is broken is reported and passed over.
  ///
  /// - Parameter isDefault: whether nothing is there as long as nobody has put something there.
  public func listing(of place: ImageOperand.Place, isDefault: Bool) throws(Failure) -> PlaceListing {
    let carrier: Carrier
    do { carrier = try carriers.open(place) } catch {
      guard isDefault, error.errno?.rawValue == ENOENT else { throw error }
      return PlaceListing(name: error.subject, images: [])
    }
    var images: [ListedImage] = []
    var read: [CopiedImage] = []
    var contents: [Digest: ListedImage.Content?] = [:]
    for entry in carrier.index.manifests where entry.isListed {
      if contents[entry.digest] == nil {
        contents[entry.digest] = .some(content(of: entry, in: carrier) { read.append($0) })
      }
      guard let content = contents[entry.digest] ?? nil else { continue }
      images.append(ListedImage(entry: entry, content: content))
    }
    // A stream is read to its end, so that who writes it is not stopped, and what is cut short does not pass as whole.
    session.diagnostics.attempt { () throws(Failure) in
      do throws(Failure) { try carrier.source.finish(read) } catch { throw error.about(carrier.name) }
    }
    return PlaceListing(name: carrier.name, images: images.sortedByAge)
  }

  private func content(
    of entry: Descriptor, in carrier: Carrier, _ read: (CopiedImage) -> Void
  ) -> ListedImage.Content? {
    do throws(Failure) {
      let graph = try ImageGraph(entry, in: carrier.source, incomplete: true)
      read(CopiedImage(entry: entry, graph: graph))
      return try ListedImage.Content(
        of: entry, graph, in: carrier.source, absent: Set(carrier.index.absentBlobs))
    } catch {
      var failure = error
      // The layout lists it: what is missing of it makes it a broken one.
      if failure.kind == .notFound { failure.kind = .invalid }
      if failure.subject == carrier.name { failure.subject = "" }
      failure = failure.about(entry.shortName ?? entry.digest.description)
      session.diagnostics.report(failure.about(carrier.name))
      return nil
    }
  }
}

extension [ListedImage] {
  /// The newest first, those without a date last; those of the same age stay in their order.
  fileprivate var sortedByAge: [ListedImage] {
    let oldest = Timestamp(seconds: .min)
    return enumerated().sorted { left, right in
      let dates = (left.element.content.created ?? oldest, right.element.content.created ?? oldest)
      return dates.0 == dates.1 ? left.offset < right.offset : dates.0 > dates.1
    }.map(\.element)
  }
}

extension Descriptor {
  /// Whether people are shown it.
  fileprivate var isListed: Bool { (mediaType.isManifest || mediaType.isIndex) && !isAttestation }
}
