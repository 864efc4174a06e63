import System

/// What to say in Authorization fields, as learnt so far; of the transport's thread.
final class Authorizer {
  private struct Known {
    var authorization: Authorization
    var expiry: Double
  }

  typealias Completion = (Result<Authorization?, Failure>) -> Void

  private let configuration: RegistryConfiguration
  /// Sends a token request and gives back the document.
  private let fetch: (TokenRequest, @escaping (Result<[UInt8], Failure>) -> Void) -> Void
  private var known: [Endpoint: Known] = [:]
  private var tokens: [TokenRequest: Known] = [:]
  /// Who waits for a token that is being fetched.
  private var waiting: [TokenRequest: [Completion]] = [:]
  private var credentials: [Endpoint: Credentials?] = [:]

  /// An authorizer that knows nothing yet.
  init(
    _ configuration: RegistryConfiguration,
    fetch: @escaping (TokenRequest, @escaping (Result<[UInt8], Failure>) -> Void) -> Void
  ) {
    self.configuration = configuration
    self.fetch = fetch
  }

  /// What to say to `endpoint`, which has refused `refused` and made `challenge`.
  func authorize(
    _ endpoint: Endpoint, challenge: [Challenge]?, refused: Authorization?,
    _ completion: @escaping Completion
  ) {
    let current = known[endpoint].flatMap { $0.expiry > TransportLoop.now ? $0.authorization : nil }
    guard let challenge else { return completion(.success(current)) }
    // Another request may have got a new one in the meantime.
    if let current, current != refused { return completion(.success(current)) }
    if let refused { tokens = tokens.filter { $0.value.authorization != refused } }
    let plan: Authorization.Plan
    do throws(Failure) {
      plan = try Authorization.plan(challenge, endpoint, credentials(for: endpoint))
    } catch { return completion(.failure(error)) }
    switch plan {
    case .known(let authorization):
      known[endpoint] = Known(authorization: authorization, expiry: .infinity)
      completion(.success(authorization))
    case .token(let request): token(request, endpoint, completion)
    }
  }

  private func credentials(for endpoint: Endpoint) throws(Failure) -> Credentials? {
    if let known = credentials[endpoint] { return known }
    let found = try configuration.credentials(for: endpoint)
    credentials[endpoint] = .some(found)
    return found
  }

  private func token(_ request: TokenRequest, _ endpoint: Endpoint, _ completion: @escaping Completion) {
    if let token = tokens[request], token.expiry > TransportLoop.now {
      known[endpoint] = token
      return completion(.success(token.authorization))
    }
    waiting[request, default: []].append(completion)
    guard waiting[request]?.count == 1 else { return }
    fetch(request) { [self] body in
      let result = answer(body, request, endpoint)
      for completion in waiting.removeValue(forKey: request) ?? [] { completion(result) }
    }
  }

  private func answer(_ body: Result<[UInt8], Failure>, _ request: TokenRequest, _ endpoint: Endpoint)
    -> Result<Authorization?, Failure>
  {
    do throws(Failure) {
      let answer = try TokenAnswer(body.get(), origin: request.origin)
      // A request that starts in its last seconds would come too late.
      let token = Known(
        authorization: answer.authorization, expiry: TransportLoop.now + answer.lifetime - 5)
      tokens[request] = token
      known[endpoint] = token
      return .success(token.authorization)
    } catch {
      guard error.kind == .denied else { return .failure(error.about(request.target.address.authority)) }
      return .failure(Authorization.denial(by: endpoint, request.origin, error.problem))
    }
  }
}
