import Image
import System

/// How one blob gets into a repository (distribution-spec, "Pushing a blob"), without doing any of it.
///
/// A pure state machine: told what came of the last action, it says the next. A blob goes up in one request. Where
/// that breaks, or is too large for what lies between, the rest goes in chunks from where the registry says it is.
struct Upload {
  /// What to do next.
  enum Action: Hashable {
    /// Have the registry take it from another of its repositories.
    case mount(from: String)
    /// Begin an upload.
    case start
    /// Send a part of it to an address that says what for; `isWhole`: all of it, which completes the upload.
    case send(Range<UInt64>, to: HTTPAddress, isWhole: Bool)
    /// Complete the upload, all parts of which are there.
    case complete(HTTPAddress)
    /// Ask how much is there.
    case ask(HTTPAddress)
    /// See whether the blob is there in spite of all.
    case look
    /// Wait so long, and say why.
    case wait(seconds: Double, notice: String)
    /// It is there, by itself or from that repository.
    case finish(mountedFrom: String?)
    /// It can't be done; an upload that was begun is to be cancelled.
    case fail(Problem, cancelling: HTTPAddress?)
  }

  /// A failure that can be compared.
  struct Problem: Hashable, Error {
    var kind: FailureKind
    var text: String

    var failure: Failure { Failure(kind, "", text) }
  }

  /// What came of the last action.
  enum Event {
    case begin
    case waited
    /// The registry answered.
    case answer(ResponseHead, body: [UInt8], from: HTTPAddress)
    /// It did not, or said no.
    case failed(Failure)
    /// The blob could not be read, or is not what it should be.
    case unreadable(Failure)
  }

  let digest: Digest
  let size: UInt64
  /// Whether the blob can be read again.
  let isRereadable: Bool
  let policy: RetryPolicy
  var mountSource: String?
  /// Where the upload goes on; nil before there is one.
  var session: HTTPAddress?
  /// What the registry has of it.
  var position: UInt64 = 0
  /// How much goes in one request; nil: all.
  var chunk: UInt64?
  /// The smallest chunk that the registry takes (`OCI-Chunk-Min-Length`).
  var smallestChunk: UInt64 = Upload.smallestChunk
  var last = Action.start
  var tries = 0
  var redirects = 0
  /// The furthest position at which trouble was forgotten: what is sent again is no progress.
  var furthest: UInt64 = 0

  /// The chunks of an upload that did not go through in one request, bytes.
  static let usualChunk: UInt64 = 16 << 20
  /// Whoever takes no more than that at once takes no image.
  static let smallestChunk: UInt64 = 64 << 10

  /// An upload of a blob.
  ///
  /// - Parameter mountSource: a repository of the same registry that has it, most likely.
  init(
    _ digest: Digest, size: UInt64, mountSource: String? = nil, isRereadable: Bool,
    policy: RetryPolicy = RetryPolicy()
  ) {
    self.digest = digest
    self.size = size
    self.mountSource = mountSource
    self.isRereadable = isRereadable
    self.policy = policy
  }

  /// What to do after `event`.
  mutating func handle(_ event: Event) -> Action {
    last = next(event)
    return last
  }

  private mutating func next(_ event: Event) -> Action {
    switch event {
    case .begin:
      if let mountSource { return .mount(from: mountSource) }
      return .start
    case .waited:
      guard let session else { return .start }
      return .ask(session)
    case .answer(let head, let body, let address): return answered(head, body, address)
    case .failed(let failure): return failed(failure)
    case .unreadable(let failure):
      return .fail(Problem(kind: failure.kind, text: failure.problem), cancelling: session)
    }
  }

  private mutating func answered(_ head: ResponseHead, _ body: [UInt8], _ address: HTTPAddress) -> Action {
    switch last {
    case .mount(let source):
      if head.status == 201 { return completed(head, address, mountedFrom: source) }
      return head.status == 202 ? begun(head, address) : .start
    case .start: return begun(head, address)
    case .send(let part, _, let isWhole): return sent(part, isWhole, Reply(head, body, address))
    case .complete: return isDone(head) ? completed(head, address) : refused(Reply(head, body, address))
    case .ask: return told(head, address)
    case .look: return head.status == 200 ? .finish(mountedFrom: nil) : again()
    case .wait, .finish, .fail: return last
    }
  }

  private mutating func failed(_ failure: Failure) -> Action {
    switch last {
    // A registry need not know how to mount.
    case .mount where failure.kind != .unreachable: return .start
    case .send, .complete:
      if failure.kind == .unreachable { return trouble(failure.problem) }
    // What is asked for is gone: it may have been completed.
    case .ask where failure.kind != .unreachable && failure.kind != .denied: return .look
    case .look where failure.kind == .notFound: return again()
    default: break
    }
    return .fail(Problem(kind: failure.kind, text: failure.problem), cancelling: session)
  }

  /// An answer that may be an error.
  struct Reply {
    let head: ResponseHead
    let body: [UInt8]
    let address: HTTPAddress

    init(_ head: ResponseHead, _ body: [UInt8], _ address: HTTPAddress) {
      self.head = head
      self.body = body
      self.address = address
    }

    var text: String {
      let message = Exchange.message(body).map { ": \($0)" } ?? ""
      return "\(address.authority): HTTP \(head.status)\(message)"
    }
  }
}
