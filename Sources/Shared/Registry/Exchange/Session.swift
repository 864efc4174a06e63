import System

/// What all exchanges of a process share; of the transport's thread, but for what never changes.
final class Session: @unchecked Sendable {
  let loop: TransportLoop
  let configuration: RegistryConfiguration
  let options: RegistryOptions
  let notice: @Sendable (String) -> Void
  let trace: (@Sendable (String) -> Void)?
  private var settings: [String: TransferSetting] = [:]
  private var authorizer: Authorizer?
  /// Who did not answer, or not in TLS: mirrors among them are not asked again.
  private var silent: Set<HTTPAddress.Origin> = []

  /// A session whose transfers `loop` moves.
  init(
    _ loop: TransportLoop, _ configuration: RegistryConfiguration, _ options: RegistryOptions,
    notice: @escaping @Sendable (String) -> Void, trace: (@Sendable (String) -> Void)?
  ) {
    self.loop = loop
    self.configuration = configuration
    self.options = options
    self.notice = notice
    self.trace = trace
  }

  /// Starts `exchange`; `completion` is called once, unless the session ends before.
  func start(
    _ exchange: Exchange, delivery: Delivery? = nil, outflow: Outflow? = nil,
    _ completion: @escaping (Result<ExchangeAnswer, Failure>) -> Void
  ) {
    var exchange = exchange
    exchange.avoid(silent)
    ExchangeRun(exchange, self, delivery, outflow, completion).step(.start)
  }

  /// Takes note of a transfer that failed.
  func note(_ problem: TransportProblem, at address: HTTPAddress) {
    trace?("\(address): \(problem.text)")
    if problem.kind == .connection || problem.kind == .handshake { silent.insert(address.origin) }
  }

  /// Finds out what to say in an Authorization field.
  func authorize(
    _ endpoint: Endpoint, challenge: [Challenge]?, refused: Authorization?,
    _ completion: @escaping Authorizer.Completion
  ) {
    let authorizer =
      authorizer
      ?? Authorizer(configuration) { [unowned self] request, completion in
        let exchange = Exchange(
          .document(limit: Self.tokenLimit), request.request, at: [request.target],
          authorization: request.authorization, policy: options.retry)
        start(exchange) { completion($0.map(\.body)) }
      }
    self.authorizer = authorizer
    authorizer.authorize(endpoint, challenge: challenge, refused: refused, completion)
  }

  /// The largest document that is taken from a token server, bytes.
  private static let tokenLimit = 1 << 20

  /// What a transfer to `address` needs.
  func setting(for address: HTTPAddress) throws(Failure) -> TransferSetting {
    let key = "\(address.scheme) \(address.authority)"
    if let known = settings[key] { return known }
    var setting = TransferSetting(proxies: configuration.proxies, patience: options.patience)
    if address.scheme == .https { try setting.trust(configuration.certificates(for: address.authority)) }
    settings[key] = setting
    return setting
  }
}

/// What a registry answered in the end.
struct ExchangeAnswer: Sendable {
  var head: ResponseHead
  var body: [UInt8]
  /// Where the answer came from, in the end.
  var address: HTTPAddress
}
