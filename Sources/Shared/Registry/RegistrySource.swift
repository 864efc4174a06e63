import Image
import System
import Transfer
import Verification

/// A repository of a registry as the reading end of a copy.
public final class RegistrySource: ImageSource {
  /// Several blobs may be read at once.
  public let isParallel = true
  private let client: RegistryClient
  private let documents: [Digest: [UInt8]]
  private let blobs: FetchAhead

  /// The repository that `resolved` came from; its own document is not fetched again.
  ///
  /// - Parameter foreign: whether blobs that the registry lacks are fetched from the `urls` of their descriptors.
  public init(_ client: RegistryClient, _ resolved: Resolved, foreign: Bool = false) {
    self.client = client
    documents = [resolved.descriptor.digest: resolved.raw]
    blobs = FetchAhead(client.session, resolved.reference, foreign: foreign)
  }

  deinit { blobs.cancel() }

  /// Fetches these ahead, in this order, as far as the memory for it goes.
  public func announce(_ descriptors: [Descriptor]) {
    blobs.announce(descriptors.filter { documents[$0.digest] == nil })
  }

  /// The bytes of a document or blob; returns once the registry sends them.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    let name = descriptor.digest.description
    guard offset <= descriptor.size else {
      throw Failure(.invalid, name, "has \(descriptor.size) bytes, not \(offset)")
    }
    if let document = documents[descriptor.digest] {
      return UnverifiedBytes(MemoryReader(document.dropFirst(Int(min(offset, documentLimit)))))
    }
    if offset == descriptor.size, offset > 0 { return UnverifiedBytes(MemoryReader([])) }
    let delivery = blobs.claim(descriptor, from: offset)
    let reader = DeliveryReader(delivery, client, name)
    do throws(Failure) { try delivery.waitUntilOpen() } catch { throw error.about(name) }
    return UnverifiedBytes(reader)
  }
}
