import System

/// Does what an exchange says; of the transport's thread.
final class ExchangeRun {
  private var exchange: Exchange
  private let session: Session
  private let delivery: Delivery?
  private let outflow: Outflow?
  private let completion: (Result<ExchangeAnswer, Failure>) -> Void

  /// A run of `exchange`, whose body goes to `delivery`, or is collected.
  init(
    _ exchange: Exchange, _ session: Session, _ delivery: Delivery?, _ outflow: Outflow?,
    _ completion: @escaping (Result<ExchangeAnswer, Failure>) -> Void
  ) {
    self.exchange = exchange
    self.session = session
    self.delivery = delivery
    self.outflow = outflow
    self.completion = completion
  }

  /// Tells the exchange of `event` and does what it says then.
  func step(_ event: Exchange.Event) {
    if delivery?.isCancelled == true { return completion(.failure(Self.cancelled)) }
    switch exchange.handle(event) {
    case .authorize(let endpoint, let challenge, let refused):
      session.authorize(endpoint, challenge: challenge, refused: refused) { self.step(.authorized($0)) }
    case .send(let request): send(request)
    case .receive: preconditionFailure("only the head of an answer is received")
    case .wait(let seconds, let notice):
      session.notice(notice)
      // Those who were turned away together should not come back together.
      session.loop.after(seconds * .random(in: 1...1.25)) { self.step(.waited) }
    case .finish(let head, let body):
      completion(.success(ExchangeAnswer(head: head, body: body, address: exchange.address)))
    case .fail(let failure): completion(.failure(failure))
    }
  }

  /// Nobody sees it: who cancels does not read any more.
  private static let cancelled = Failure(.failed, "", "cancelled")

  private func send(_ request: HTTPRequest) {
    let start = TransportLoop.now
    guard
      let transfer = HTTPTransfer(
        delivery: delivery, outflow: outflow,
        onHead: { head in
          self.session.trace?(Self.line(request, head, after: TransportLoop.now - start))
          guard case .receive(let disposition) = self.exchange.handle(.head(head)) else { return .stop }
          if case .deliver = disposition { self.delivery?.open() }
          return disposition
        },
        onEnd: { end in
          if let problem = end.problem, self.delivery?.isCancelled != true {
            self.session.note(problem, at: request.address)
          }
          self.step(.ended(end))
        })
    else { return completion(.failure(Failure(.failed, "libcurl", "out of memory"))) }
    do throws(Failure) {
      transfer.prepare(request, try session.setting(for: request.address))
    } catch { return completion(.failure(error)) }
    session.loop.start(transfer)
  }

  /// A request and its answer for `-v`, without anything that may be secret.
  private static func line(_ request: HTTPRequest, _ head: ResponseHead, after seconds: Double) -> String {
    let length = head.contentLength.map { ", \($0) bytes" } ?? ""
    let milliseconds = Int(min(max(0, seconds), 1e6) * 1000)
    return "\(request.method.rawValue) \(request.address) -> \(head.status)\(length), \(milliseconds) ms"
  }
}
