import Image
import System

/// Fetches blobs of a repository before they are asked for, in the order in which they will be.
///
/// It holds no reference to the transport: the last one must not go on the transport's own thread.
final class FetchAhead: Sendable {
  private struct State {
    /// What will be read and has not been started, in order.
    var announced: [Descriptor] = []
    /// What has been started and nobody reads yet.
    var ahead: [Digest: Ahead] = [:]
    /// How many requests are under way.
    var running = 0
  }

  private struct Ahead {
    var delivery: Delivery
    /// The memory it may take in the end, bytes.
    var size: UInt64
  }

  private let session: Session
  private let reference: Reference
  private let foreign: Bool
  private let state = Monitor(State())

  /// Fetches from the repository of `reference`.
  init(_ session: Session, _ reference: Reference, foreign: Bool) {
    self.session = session
    self.reference = reference
    self.foreign = foreign
  }

  /// Fetches these ahead, in this order, as far as the memory for it goes.
  func announce(_ descriptors: [Descriptor]) {
    state.update { state in
      var seen = Set(state.announced.map(\.digest)).union(state.ahead.keys)
      for descriptor in descriptors where seen.insert(descriptor.digest).inserted {
        state.announced.append(descriptor)
      }
    }
    advance()
  }

  /// The delivery that was started ahead, or a new one.
  func claim(_ descriptor: Descriptor, from offset: UInt64) -> Delivery {
    let ahead = state.update { state in
      state.announced.removeAll { $0.digest == descriptor.digest }
      return state.ahead.removeValue(forKey: descriptor.digest)?.delivery
    }
    if let ahead, offset == 0 {
      ahead.want()
      advance()
      return ahead
    }
    ahead?.cancel()
    let delivery = newDelivery()
    delivery.want()
    state.update { $0.running += 1 }
    start(descriptor, from: offset, delivery)
    return delivery
  }

  /// Ends what nobody has asked for yet.
  func cancel() {
    let ahead = state.update { state in
      state.announced = []
      return state.ahead.values
    }
    for ahead in ahead { ahead.delivery.cancel() }
  }

  private func newDelivery() -> Delivery {
    let loop = session.loop
    return Delivery(session.options.budget) { loop.stir() }
  }

  /// Starts what was announced, as far as there is room for it.
  private func advance() {
    let budget = session.options.budget
    while true {
      let next: (Descriptor, Delivery)? = state.update { state in
        guard let descriptor = state.announced.first, state.running < session.options.parallel,
          state.ahead.values.reduce(0, { $0 &+ $1.size }) < budget.ahead
        else { return nil }
        state.announced.removeFirst()
        let delivery = newDelivery()
        // A huge claim must not overflow the sum; nothing takes more than all there is.
        let size = min(max(descriptor.size, UInt64(budget.chunkSize)), 1 << 40)
        state.ahead[descriptor.digest] = Ahead(delivery: delivery, size: size)
        state.running += 1
        return (descriptor, delivery)
      }
      guard let (descriptor, delivery) = next else { return }
      start(descriptor, from: 0, delivery)
    }
  }

  private func start(_ descriptor: Descriptor, from offset: UInt64, _ delivery: Delivery) {
    let exchange: Exchange
    do throws(Failure) {
      exchange = try self.exchange(descriptor, from: offset)
    } catch {
      delivery.finish(.failure(error))
      state.update { $0.running -= 1 }
      return
    }
    session.loop.perform { [self] in
      session.start(exchange, delivery: delivery) { result in
        delivery.finish(result.map { _ in })
        self.state.update { $0.running -= 1 }
        self.advance()
      }
    }
  }

  private func exchange(_ descriptor: Descriptor, from offset: UInt64) throws(Failure) -> Exchange {
    let isDocument = descriptor.mediaType.isManifest || descriptor.mediaType.isIndex
    let path = "\(isDocument ? "manifests" : "blobs")/\(descriptor.digest)"
    var targets = try session.configuration.targets(reference, path)
    if foreign {
      for url in descriptor.urls {
        guard let address = HTTPAddress(parsing: url), address.scheme == .https else { continue }
        targets.append(Exchange.Target(address: address))
      }
    }
    var request = HTTPRequest(address: targets[0].address)
    if isDocument {
      request.fields = [HTTPRequest.Field(name: "Accept", value: descriptor.mediaType.rawValue)]
    }
    return Exchange(
      .blob(size: descriptor.size, offset: offset), request, at: targets, policy: session.options.retry)
  }
}
