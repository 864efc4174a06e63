import Image
import System

/// What a repository has, asked for ahead, a few questions at a time.
final class Presence: Sendable {
  private struct State {
    var waiting: [String] = []
    var running = 0
    var answers: [String: Result<ExchangeAnswer?, Failure>] = [:]
    var asked: Set<String> = []
  }

  private let client: RegistryClient
  private let target: PushTarget
  private let state = Monitor(State())

  /// Asks `target`.
  init(_ client: RegistryClient, _ target: PushTarget) {
    self.client = client
    self.target = target
  }

  /// Asks for these paths below the repository, soon.
  func announce(_ paths: [String]) {
    state.update { state in
      for path in paths where state.asked.insert(path).inserted { state.waiting.append(path) }
    }
    Self.advance(client.session, target, state)
  }

  /// What the registry says of `path`; nil where it is not there.
  func answer(_ path: String) throws(Failure) -> ExchangeAnswer? {
    announce([path])
    return try state.wait { $0.answers[path] }.get()
  }

  /// Holds no reference to the client: the last one must not go on the transport's own thread.
  private static func advance(_ session: Session, _ target: PushTarget, _ state: Monitor<State>) {
    while true {
      let next: String? = state.update { state in
        guard state.running < session.options.parallel, !state.waiting.isEmpty else { return nil }
        state.running += 1
        return state.waiting.removeFirst()
      }
      guard let path = next else { return }
      start(path, session, target) { result in
        state.update { state in
          state.running -= 1
          state.answers[path] = result
        }
        advance(session, target, state)
      }
    }
  }

  private static func start(
    _ path: String, _ session: Session, _ target: PushTarget,
    _ completion: @escaping @Sendable (Result<ExchangeAnswer?, Failure>) -> Void
  ) {
    let exchange: Exchange
    do throws(Failure) {
      let place = try target.target(path)
      var request = HTTPRequest(method: .head, address: place.address)
      if path.hasPrefix("manifests/") {
        request.fields = [HTTPRequest.Field(name: "Accept", value: MediaType.documentsAccepted)]
      }
      exchange = Exchange(.head, request, at: [place], policy: session.options.retry)
    } catch { return completion(.failure(error)) }
    session.loop.perform {
      session.start(exchange) { result in
        switch result {
        // Who knows no HEAD has not said anything.
        case .success(let answer): completion(.success(answer.head.status == 200 ? answer : nil))
        case .failure(let failure) where failure.kind == .notFound: completion(.success(nil))
        case .failure(let failure): completion(.failure(failure))
        }
      }
    }
  }
}

extension MediaType {
  /// What manifests are asked for as.
  static let documentsAccepted = [imageIndex, imageManifest, dockerManifestList, dockerManifest]
    .map(\.rawValue).joined(separator: ", ")
}
