import System
import Verification

/// Reads a body that comes over the network.
final class DeliveryReader: ByteReader {
  /// So that pieces can be hashed on another core while further ones come.
  let retainedCalls = DeliveryReader.retained
  static let retained = 3
  private let delivery: Delivery
  /// Keeps the transport running.
  private let client: RegistryClient
  private let subject: String
  private var held: [Chunk] = []

  /// Reads `delivery`; `subject` is what failures are about.
  init(_ delivery: Delivery, _ client: RegistryClient, _ subject: String) {
    self.delivery = delivery
    self.client = client
    self.subject = subject
  }

  deinit {
    for chunk in held { delivery.giveBack(chunk) }
    delivery.cancel()
  }

  /// The next piece.
  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    if held.count > Self.retained { delivery.giveBack(held.removeFirst()) }
    do throws(Failure) {
      guard let chunk = try delivery.next() else { return nil }
      held.append(chunk)
      return chunk.bytes
    } catch { throw error.about(subject) }
  }

  /// Waits for the server to end the body.
  func expectEnd() throws(Failure) {
    do throws(Failure) {
      guard let chunk = try delivery.next() else { return }
      held.append(chunk)
    } catch { throw error.about(subject) }
    throw Failure(.invalid, subject, "more bytes follow")
  }
}
