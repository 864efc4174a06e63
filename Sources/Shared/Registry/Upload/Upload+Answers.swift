import Image
import System

// What the answers of a registry mean for an upload.
extension Upload {
  func isDone(_ head: ResponseHead) -> Bool { head.status == 201 || head.status == 204 || head.status == 200 }

  /// The registry says that it has the blob, under a digest that had better be the right one.
  func completed(_ head: ResponseHead, _ address: HTTPAddress, mountedFrom source: String? = nil) -> Action {
    if let text = head["docker-content-digest"] {
      guard let stored = Digest(text), stored.algorithm != digest.algorithm || stored == digest else {
        return .fail(
          Problem(kind: .invalid, text: "\(address.authority) has stored it as \(text.excerpt)"),
          cancelling: nil)
      }
    }
    return .finish(mountedFrom: source)
  }

  /// An upload was begun.
  mutating func begun(_ head: ResponseHead, _ address: HTTPAddress) -> Action {
    position = 0
    session = nil
    if let least = head["oci-chunk-min-length"].flatMap({ UInt64(strictly: $0) }) {
      smallestChunk = max(Self.smallestChunk, least)
    }
    guard head["location"] != nil else {
      return .fail(
        Problem(kind: .invalid, text: "\(address.authority) does not say where to upload to"), cancelling: nil
      )
    }
    if let problem = move(head, address) { return .fail(problem, cancelling: nil) }
    return goOn()
  }

  /// The next part, or the end.
  mutating func goOn() -> Action {
    guard let session else { return .start }
    guard let chunk else { return .send(0..<size, to: ending(session), isWhole: true) }
    if position == size { return .complete(ending(session)) }
    let length = min(max(chunk, smallestChunk), size - position)
    return .send(position..<position + length, to: session, isWhole: false)
  }

  /// The address that completes the upload.
  private func ending(_ session: HTTPAddress) -> HTTPAddress {
    session.adding(query: [("digest", digest.description)])
  }

  /// Takes up the Location of an answer, if there is one.
  mutating func move(_ head: ResponseHead, _ address: HTTPAddress) -> Problem? {
    guard let text = head["location"] else { return nil }
    switch Self.place(text, address) {
    case .success(let place): session = place
    case .failure(let problem): return problem
    }
    return nil
  }

  /// What a Location means.
  private static func place(_ text: String, _ address: HTTPAddress) -> Result<HTTPAddress, Problem> {
    guard let place = address.resolving(text) else {
      return .failure(
        Problem(kind: .invalid, text: "\(address.authority) names no valid place to upload to"))
    }
    guard address.scheme == .http || place.scheme == .https else {
      return .failure(Problem(kind: .denied, text: "\(address.authority) wants an upload over plain http"))
    }
    return .success(place)
  }

  mutating func sent(_ part: Range<UInt64>, _ isWhole: Bool, _ reply: Reply) -> Action {
    switch reply.head.status {
    case 200, 201, 202, 204:
      if isWhole {
        return reply.head.status == 202 ? refused(reply) : completed(reply.head, reply.address)
      }
      if let problem = move(reply.head, reply.address) { return .fail(problem, cancelling: session) }
      position = part.upperBound
      redirects = 0
      // It may have taken less than all.
      if let end = Self.end(reply.head), end < position {
        position = end
        if end <= part.lowerBound { return trouble("\(reply.address.authority) takes nothing in") }
      }
      settle()
      return goOn()
    case 307, 308: return redirected(part, isWhole, reply)
    default: return refused(reply)
    }
  }

  private mutating func redirected(_ part: Range<UInt64>, _ isWhole: Bool, _ reply: Reply) -> Action {
    redirects += 1
    guard redirects <= Exchange.redirectLimit else {
      return .fail(
        Problem(kind: .failed, text: "\(reply.address.authority) redirects without end"), cancelling: nil)
    }
    guard isRereadable else { return once("\(reply.address.authority) redirects it") }
    guard let text = reply.head["location"] else { return refused(reply) }
    switch Self.place(text, reply.address) {
    // As it stands: the digest is in it already, where it has to be.
    case .success(let place): return .send(part, to: place, isWhole: isWhole)
    case .failure(let problem): return .fail(problem, cancelling: session)
    }
  }

  /// The server says no to a part, or to the end.
  mutating func refused(_ reply: Reply) -> Action {
    switch reply.head.status {
    case 413: return tooLarge(reply)
    case 416: return trouble(reply.text)
    case 404:
      // The upload has gone: its registry forgot it, or it was completed.
      tries += 1
      return tries < policy.tries
        ? .look : .fail(Problem(kind: .notFound, text: reply.text), cancelling: nil)
    case 400 where chunk != nil && isRereadable && tries == 0:
      // What was put together of parts is wrong.
      tries += 1
      return .start
    case 401, 403: return .fail(Problem(kind: .denied, text: "denied by \(reply.text)"), cancelling: session)
    case 408, 429, 500...599: return trouble(reply.text, wait: reply.head.retryAfter)
    default: return .fail(Problem(kind: .failed, text: reply.text), cancelling: session)
    }
  }

  private mutating func tooLarge(_ reply: Reply) -> Action {
    guard case .send(let part, _, _) = last, let session else {
      return .fail(Problem(kind: .failed, text: reply.text), cancelling: session)
    }
    let length = part.upperBound - part.lowerBound
    let next = min(Self.usualChunk, length / 4)
    guard next >= smallestChunk else {
      return .fail(Problem(kind: .failed, text: reply.text), cancelling: session)
    }
    guard isRereadable else { return once(reply.text) }
    chunk = next
    return .ask(session)
  }

  /// The registry has said how much it has.
  mutating func told(_ head: ResponseHead, _ address: HTTPAddress) -> Action {
    if let problem = move(head, address) { return .fail(problem, cancelling: session) }
    position = Self.end(head) ?? 0
    guard position <= size else { return again() }
    settle()
    if chunk == nil { chunk = Self.usualChunk }
    return goOn()
  }

  /// The end of what is there, by the Range field (`0-LAST`, with or without `bytes=`).
  static func end(_ head: ResponseHead) -> UInt64? {
    guard var text = head["range"]?[...] else { return nil }
    if text.hasPrefix("bytes=") { text = text.dropFirst(6) }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends[0] == "0", let last = UInt64(strictly: ends[1]), last < .max else {
      return nil
    }
    // `0-0` is what registries say of nothing.
    return last == 0 ? 0 : last + 1
  }

  /// Enough came through that the trouble before does not count.
  private mutating func settle() {
    guard position >= furthest, position - furthest >= policy.progress else { return }
    tries = 0
    furthest = position
  }

  /// Tries again after a while, from where the registry is.
  mutating func trouble(_ problem: String, wait: UInt64? = nil) -> Action {
    tries += 1
    guard isRereadable else { return once(problem) }
    guard tries < policy.tries else {
      return .fail(Problem(kind: .unreachable, text: problem), cancelling: session)
    }
    if let wait, wait > policy.longestDelay {
      return .fail(
        Problem(kind: .unreachable, text: "\(problem); it asks to be left alone for \(wait) s"),
        cancelling: session)
    }
    let delay = max(policy.delay(after: tries), Double(wait ?? 0))
    return .wait(
      seconds: delay,
      notice:
        "\(problem); trying again in \(Int(delay.rounded(.up))) s (\(tries + 1) of \(policy.tries))")
  }

  /// The blob came by a stream and has gone.
  private func once(_ problem: String) -> Action {
    .fail(
      Problem(
        kind: .unreachable,
        text: "\(problem); what comes by a pipe can't be sent again (from a file or a layout it can)"),
      cancelling: session)
  }

  /// Begins anew; in chunks, since a registry may forget a request that broke, but keeps those before it.
  mutating func again() -> Action {
    guard isRereadable else { return once("the upload was lost") }
    session = nil
    if chunk == nil { chunk = Self.usualChunk }
    return .start
  }
}
