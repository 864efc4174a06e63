import System

// What the header fields of an answer say about its body.
extension Exchange {
  mutating func receive(_ head: ResponseHead) -> Disposition {
    self.head = head
    let disposition: Result<Disposition, Failure>
    switch (head.status, want) {
    case (200, .head): disposition = .success(.collect(limit: 0))
    case (200, .document(let limit)): disposition = document(head, limit)
    case (200, .blob(let size, _)): disposition = whole(head, size)
    case (200, .file(let limit)): disposition = file(head, limit)
    case (206, .blob(let size, _)): disposition = part(head, size)
    default: disposition = .success(.collect(limit: Self.errorLimit))
    }
    switch disposition {
    case .success(let disposition): return disposition
    case .failure(let failure):
      refusal = failure
      return .stop
    }
  }

  private func wrong(_ problem: String) -> Failure {
    Failure(.invalid, "", "\(address.authority) \(problem)")
  }

  private func encoded(_ head: ResponseHead) -> Failure? {
    let encodings = head.values("content-encoding").filter { !$0.isEmpty && $0.lowercased() != "identity" }
    return encodings.first.map {
      wrong("sends it with Content-Encoding \($0.excerpt), which was not asked for")
    }
  }

  private func document(_ head: ResponseHead, _ limit: Int) -> Result<Disposition, Failure> {
    if let failure = encoded(head) { return .failure(failure) }
    if let length = head.contentLength, length > UInt64(limit) {
      return .failure(wrong("sends \(length) bytes; more than \(limit) are too many for a document"))
    }
    return .success(.collect(limit: limit))
  }

  private func whole(_ head: ResponseHead, _ size: UInt64) -> Result<Disposition, Failure> {
    if let failure = encoded(head) { return .failure(failure) }
    if let length = head.contentLength, length != size {
      return .failure(wrong("sends \(length) bytes, expected \(size)"))
    }
    return .success(.deliver(skip: position, limit: size - position))
  }

  private func file(_ head: ResponseHead, _ limit: UInt64) -> Result<Disposition, Failure> {
    if let failure = encoded(head) { return .failure(failure) }
    if let length = head.contentLength, length > limit {
      return .failure(wrong("sends \(length) bytes, more than \(limit)"))
    }
    return .success(.deliver(skip: 0, limit: limit))
  }

  private func part(_ head: ResponseHead, _ size: UInt64) -> Result<Disposition, Failure> {
    if let failure = encoded(head) { return .failure(failure) }
    guard position > 0, !needsWhole else {
      return .failure(wrong("sends a part of what was asked for whole"))
    }
    let asked = "bytes \(position)-\(size - 1)/\(size)"
    guard let text = head["content-range"], let range = ContentRange(text), range.first == position,
      range.last == size - 1, range.total == size
    else {
      let got = head["content-range"].map { "sends \"\($0.excerpt)\"" } ?? "sends a part without saying which"
      return .failure(wrong("\(got), expected \"\(asked)\""))
    }
    if let length = head.contentLength, length != size - position {
      return .failure(wrong("sends \(length) bytes, expected \(size - position)"))
    }
    return .success(.deliver(skip: 0, limit: size - position))
  }
}
