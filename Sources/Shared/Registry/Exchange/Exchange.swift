import System

/// One logical request of a registry: credentials, redirects, mirrors, retries and resumption, without doing any of it.
///
/// A pure state machine: told an event, it says the one thing to do next.
struct Exchange {
  /// What is asked for.
  enum Want: Hashable {
    /// The header fields of a document.
    case head
    /// A document, whole in memory.
    case document(limit: Int)
    /// A blob of `size` bytes from `offset` on, passed on as it comes.
    case blob(size: UInt64, offset: UInt64)
    /// A file of at most so many bytes, whose size only its sender knows, passed on as it comes.
    case file(limit: UInt64)
    /// Something is to be done there; an answer of one of these statuses is taken as it is.
    case change(Set<Int>)
    /// The same with a body that can be sent only once, so that every answer is taken as it is.
    case send
  }

  /// A place where it may be had.
  struct Target: Hashable {
    /// The address there.
    var address: HTTPAddress
    /// Another address, for where nobody answers to the first one.
    var fallback: HTTPAddress?
    /// The registry or mirror; nil for a place that is not asked what credentials it wants.
    var endpoint: Endpoint?
    /// Whether any certificate will do.
    var trustsAnyone = false
  }

  /// What happened.
  enum Event {
    case start
    /// The header fields of the answer are there.
    case head(ResponseHead)
    /// The transfer came to an end.
    case ended(TransferEnd)
    /// The time to wait is over.
    case waited
    /// What was asked of the authorizer: a value of the Authorization field, or nil for none.
    case authorized(Result<Authorization?, Failure>)
  }

  /// What to do next.
  enum Action {
    /// Find out what to say in the Authorization field.
    ///
    /// - challenge: what the server demands; nil for what is known already
    /// - refused: what it has just refused
    case authorize(Endpoint, challenge: [Challenge]?, refused: Authorization?)
    /// Send it.
    case send(HTTPRequest)
    /// Do that with the body.
    case receive(Disposition)
    /// Wait so long, and say why.
    case wait(seconds: Double, notice: String)
    /// That was it; the body of a document.
    case finish(ResponseHead, body: [UInt8])
    case fail(Failure)
  }

  let want: Want
  /// The request; its address is that of the target.
  let request: HTTPRequest
  let policy: RetryPolicy
  /// The targets after the current one.
  var following: [Target]
  var target: Target
  /// Where the request goes now, which a redirect may have changed.
  var address: HTTPAddress
  var redirects = 0
  var authorization: Authorization?
  /// Whether `authorization` answers the challenge of this target.
  var isFreshlyAuthorized = false
  var head: ResponseHead?
  /// What the head of the answer proved wrong.
  var refusal: Failure?
  /// The first byte of a blob that has not come yet.
  var position: UInt64
  /// Whether parts can't be had and the whole has to be asked for.
  var needsWhole = false
  var tries = 0
  /// How many bytes came since `tries` was zero.
  var progress: UInt64 = 0

  /// The largest redirect chain that is followed.
  static let redirectLimit = 10
  /// How much of an error's body is read.
  static let errorLimit = 64 << 10

  /// A request to the first of `targets` that has it.
  ///
  /// - Parameter authorization: what to say to a target that is no endpoint.
  init(
    _ want: Want, _ request: HTTPRequest, at targets: [Target], authorization: Authorization? = nil,
    policy: RetryPolicy = RetryPolicy()
  ) {
    precondition(!targets.isEmpty)
    self.want = want
    self.request = request
    self.policy = policy
    target = targets[0]
    following = Array(targets.dropFirst())
    address = target.address
    self.authorization = authorization
    position = if case .blob(_, let offset) = want { offset } else { 0 }
  }

  /// Leaves out what was `silent` so far, where there is something else to ask.
  mutating func avoid(_ silent: Set<HTTPAddress.Origin>) {
    while target.endpoint?.isMirror == true, silent.contains(target.address.origin),
      target.fallback.map({ silent.contains($0.origin) }) ?? true, !following.isEmpty
    {
      target = following.removeFirst()
    }
    if let fallback = target.fallback, silent.contains(target.address.origin) {
      target.address = fallback
      target.fallback = nil
    }
  }

  /// What to do after `event`.
  mutating func handle(_ event: Event) -> Action {
    switch event {
    case .start, .waited: return begin()
    case .authorized(.success(let value)):
      authorization = value
      // The body has gone; whoever has it can send it again.
      if want == .send, isFreshlyAuthorized {
        return .fail(Failure(.unreachable, "", "\(address.authority) wants another token"))
      }
      return send()
    case .authorized(.failure(let failure)): return next(after: failure)
    case .head(let head): return .receive(receive(head))
    case .ended(let end): return conclude(end)
    }
  }
}

extension Exchange {
  /// Starts at the target's own address, whose signed redirects may have expired.
  mutating func begin() -> Action {
    address = target.address
    redirects = 0
    isFreshlyAuthorized = false
    guard let endpoint = target.endpoint else { return send() }
    return .authorize(endpoint, challenge: nil, refused: nil)
  }

  /// Whether the current address is the target's own server, which may have its credentials.
  var isAtHome: Bool { address.origin == target.address.origin }

  mutating func send() -> Action {
    head = nil
    refusal = nil
    var request = request
    request.address = address
    if isAtHome, let authorization {
      request.fields.append(HTTPRequest.Field(name: "Authorization", value: authorization.value))
    }
    if position > 0, !needsWhole, case .blob(let size, _) = want {
      request.fields.append(HTTPRequest.Field(name: "Range", value: "bytes=\(position)-\(size - 1)"))
    }
    request.trustsAnyone = target.trustsAnyone && address.host == target.address.host
    return .send(request)
  }

  /// Goes on to the next target where `failure` is one that the next may not have.
  mutating func next(after failure: Failure) -> Action {
    let isElsewhere: Bool =
      switch failure.kind {
      case .notFound: true
      case .unreachable, .denied, .failed: target.endpoint?.isMirror == true
      default: false
      }
    guard isElsewhere, !following.isEmpty else { return .fail(failure) }
    target = following.removeFirst()
    authorization = nil
    tries = 0
    needsWhole = false
    return begin()
  }

  /// Tries again after a while; `failure` is what to say where that was often enough.
  mutating func again(after failure: Failure, tries limit: Int, wait: UInt64? = nil) -> Action {
    tries += 1
    // A mirror is no better than what it stands in for.
    guard tries < limit, target.endpoint?.isMirror != true || following.isEmpty || progress > 0 else {
      return next(after: failure)
    }
    if let wait, wait > policy.longestDelay {
      var failure = failure
      failure.problem += "; it asks to be left alone for \(wait) s"
      return next(after: failure)
    }
    let delay = max(policy.delay(after: tries), Double(wait ?? 0))
    let text = "\(failure.problem); trying again in \(Int(delay.rounded(.up))) s (\(tries + 1) of \(limit))"
    return .wait(seconds: delay, notice: text)
  }
}
