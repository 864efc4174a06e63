import Image
import System
import Transfer
import Verification

/// A repository of a registry as the reading end of a copy.
public final class RegistrySource: ImageSource {
  /// Several blobs may be read at once.
  public let isParallel = true
  /// What was fetched is kept for the next run.
  public let isRemote = true
  private let client: RegistryClient
  /// Documents that were fetched and verified.
  private let documents: Monitor<[Digest: [UInt8]]>
  private let blobs: FetchAhead

  /// The repository that `resolved` came from; its own document is not fetched again.
  ///
  /// - Parameter foreign: whether blobs that the registry lacks are fetched from the `urls` of their descriptors.
  public init(_ client: RegistryClient, _ resolved: Resolved, foreign: Bool = false) {
    self.client = client
    documents = Monitor([resolved.descriptor.digest: resolved.raw])
    blobs = FetchAhead(client.session, resolved.reference, foreign: foreign)
  }

  deinit { blobs.cancel() }

  /// Fetches these ahead, in this order, as far as the memory for it goes.
  public func announce(_ descriptors: [Descriptor]) {
    let known = documents.update { Set($0.keys) }
    blobs.announce(descriptors.filter { !known.contains($0.digest) })
  }

  /// The bytes of a document or blob; returns once the registry sends them.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    let name = descriptor.digest.description
    guard offset <= descriptor.size else {
      throw Failure(.invalid, name, "has \(descriptor.size) bytes, not \(offset)")
    }
    if let document = documents.update({ $0[descriptor.digest] }) {
      return UnverifiedBytes(MemoryReader(document.dropFirst(Int(min(offset, documentLimit)))))
    }
    if offset == descriptor.size, offset > 0 { return UnverifiedBytes(MemoryReader([])) }
    let delivery = blobs.claim(descriptor, from: offset)
    let reader = DeliveryReader(delivery, client, name)
    do throws(Failure) { try delivery.waitUntilOpen() } catch { throw error.about(name) }
    guard offset == 0, descriptor.isDocument else { return UnverifiedBytes(reader) }
    return UnverifiedBytes(MemoryReader(try remember(descriptor, UnverifiedBytes(reader))))
  }

  /// Reads a document, which is likely to be asked for again: to find its way through an image, then to copy it.
  private func remember(_ descriptor: Descriptor, _ bytes: UnverifiedBytes) throws(Failure) -> [UInt8] {
    let document = try VerifiedReader(descriptor, bytes).readAll()
    documents.update { documents in
      let size = documents.values.reduce(document.count) { $0 + $1.count }
      if size <= 2 * Int(documentLimit) { documents[descriptor.digest] = document }
    }
    return document
  }
}

extension Descriptor {
  /// Whether it is something to be understood, and small enough for that.
  fileprivate var isDocument: Bool {
    (mediaType.isManifest || mediaType.isIndex || mediaType.isConfig) && size <= documentLimit
  }
}
