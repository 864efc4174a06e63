import System

// What the end of a transfer means.
extension Exchange {
  mutating func conclude(_ end: TransferEnd) -> Action {
    position += end.delivered
    progress += end.delivered
    if progress >= policy.progress {
      progress = 0
      tries = 0
    }
    if let refusal { return .fail(refusal) }
    guard let head else { return problem(end.problem ?? TransportProblem(kind: .other, text: "no answer")) }
    switch head.status {
    case let status where isTaken(status): return .finish(head, body: end.body)
    case 200, 206: return success(head, end)
    case 301, 302, 303, 307, 308: return redirect(head)
    case 401: return challenge(head, end.body)
    default: return refused(head, end.body)
    }
  }

  /// Whether the answer is for whoever asked, whatever it means.
  private func isTaken(_ status: Int) -> Bool {
    switch want {
    case .change(let statuses): statuses.contains(status)
    case .send: status != 401 || target.endpoint == nil
    default: false
    }
  }

  private mutating func success(_ head: ResponseHead, _ end: TransferEnd) -> Action {
    guard case .blob(let size, _) = want else {
      if case .file(let limit) = want {
        if end.hasSurplus {
          return .fail(Failure(.invalid, "", "\(address.authority) sends more than \(limit) bytes"))
        }
        // What comes when it is asked for again may be something else.
        if position > 0, let problem = end.problem {
          return .fail(Failure(.unreachable, "", "\(address.authority): \(problem.text)"))
        }
      }
      if let problem = end.problem { return self.problem(problem) }
      guard head.status == 200 else { return refused(head, []) }
      return .finish(head, body: end.body)
    }
    isFreshlyAuthorized = false
    if end.hasSurplus {
      return .fail(Failure(.invalid, "", "\(address.authority) sends more than \(size) bytes"))
    }
    if position == size { return .finish(head, body: []) }
    if let problem = end.problem { return self.problem(problem) }
    // A body without a length ends like this when the connection breaks.
    let failure = Failure(.invalid, "", "\(address.authority) ends after \(position) of \(size) bytes")
    return again(after: failure, tries: policy.tries)
  }

  /// The transfer broke.
  private mutating func problem(_ problem: TransportProblem) -> Action {
    let text = "\(address.authority): \(problem.text)"
    switch problem.kind {
    case .connection, .handshake:
      if isAtHome, let fallback = target.fallback {
        target.address = fallback
        target.fallback = nil
        return begin()
      }
      guard problem.kind == .connection else {
        let hint = " (if it speaks plain http, --insecure \(address.authority))"
        return next(after: Failure(.unreachable, "", text + hint))
      }
      let failure = Failure(.unreachable, "", text)
      return again(after: failure, tries: policy.connectionTries)
    case .interrupted, .stalled: return again(after: Failure(.unreachable, "", text), tries: policy.tries)
    case .certificate:
      let host = address.authority
      return next(
        after: Failure(
          .failed, "",
          "\(text) (its authority belongs in /etc/containers/certs.d/\(host)/ca.crt, "
            + "or --insecure \(host) trusts anyone)"))
    case .tooLarge: return .fail(Failure(.invalid, "", text))
    case .garbled: return next(after: Failure(.invalid, "", text))
    case .other: return next(after: Failure(.failed, "", text))
    }
  }

  private mutating func redirect(_ head: ResponseHead) -> Action {
    redirects += 1
    let host = address.authority
    guard redirects <= Self.redirectLimit else {
      return next(after: Failure(.failed, "", "\(target.address.authority) redirects without end"))
    }
    guard let text = head["location"], let location = address.resolving(text) else {
      return next(after: Failure(.invalid, "", "\(host) redirects to no valid address"))
    }
    if case .change = want {
      // The others would make a GET of it (RFC 9110, section 15.4).
      guard head.status == 307 || head.status == 308 else {
        return next(
          after: Failure(.failed, "", "\(host): HTTP \(head.status) for a \(request.method.rawValue)"))
      }
    } else if request.method == .post {
      return next(after: Failure(.denied, "", "\(host) redirects a request that carries a secret"))
    }
    guard address.scheme == .http || location.scheme == .https else {
      return next(after: Failure(.denied, "", "\(host) redirects from https to plain http"))
    }
    address = location
    return send()
  }

  private mutating func challenge(_ head: ResponseHead, _ body: [UInt8]) -> Action {
    guard let endpoint = target.endpoint, isAtHome else {
      return next(after: Failure(.denied, "", "\(address.authority): \(Self.message(body) ?? "HTTP 401")"))
    }
    guard !isFreshlyAuthorized, let challenges = Challenge.parse(head.values("www-authenticate")),
      !challenges.isEmpty
    else {
      return next(after: Authorization.denial(by: endpoint, authorization?.origin, Self.message(body)))
    }
    isFreshlyAuthorized = true
    return .authorize(endpoint, challenge: challenges, refused: authorization)
  }

  /// The server says no.
  private mutating func refused(_ head: ResponseHead, _ body: [UInt8]) -> Action {
    let message = Self.message(body)
    let text = ["\(address.authority): HTTP \(head.status)", message].compactMap { $0 }.joined(
      separator: ": ")
    switch head.status {
    case 405, 501:
      // Who knows no HEAD has not said anything about the document.
      return want == .head ? .finish(head, body: []) : next(after: Failure(.failed, "", text))
    case 404:
      return next(after: Failure(.notFound, "", "not found", cause: text))
    case 403:
      return next(after: Failure(.denied, "", "denied by \(text)"))
    case 416 where position > 0 && !needsWhole:
      // Some servers know no ranges; the whole is then read and its beginning dropped.
      needsWhole = true
      return begin()
    case 408, 429, 500...599:
      return again(after: Failure(.unreachable, "", text), tries: policy.tries, wait: head.retryAfter)
    default:
      return next(after: Failure(.failed, "", text))
    }
  }
}
