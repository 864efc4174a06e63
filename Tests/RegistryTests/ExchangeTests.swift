import System
import Testing

@testable import Registry

/// The state machine: an event, and the one thing to do then.
struct ExchangeTests {
  typealias Event = Exchange.Event

  static let home = Endpoint(scheme: .https, host: "home", repository: "a")
  static let mirror = Endpoint(scheme: .https, host: "mirror", repository: "a", isMirror: true)

  static func target(_ endpoint: Endpoint) -> Exchange.Target {
    Exchange.Target(
      address: HTTPAddress(.https, authority: endpoint.host, path: "/x")!, endpoint: endpoint,
      trustsAnyone: endpoint.insecure)
  }

  static func exchange(_ want: Exchange.Want = .blob(size: 100, offset: 0), at endpoints: [Endpoint] = [home])
    -> Exchange
  {
    let targets = endpoints.map(target)
    return Exchange(want, HTTPRequest(address: targets[0].address), at: targets)
  }

  static func head(_ status: Int, _ fields: KeyValuePairs<String, String> = [:]) -> Event {
    .head(
      ResponseHead(status: status, fields: fields.map { HTTPRequest.Field(name: $0.key, value: $0.value) }))
  }

  static func ended(_ delivered: UInt64 = 0, _ kind: TransportProblem.Kind? = nil) -> Event {
    .ended(TransferEnd(delivered: delivered, problem: kind.map { TransportProblem(kind: $0, text: "") }))
  }

  static let known = Event.authorized(.success(nil))
  static let token = Event.authorized(.success(Authorization(value: "Bearer t", origin: nil)))

  /// The action in short.
  static func summary(_ action: Exchange.Action) -> String {
    switch action {
    case .authorize(let endpoint, let challenge, let refused):
      let schemes = challenge.map { " " + $0.map(\.scheme).joined(separator: "+") } ?? ""
      return "authorize \(endpoint.host)\(schemes)\(refused == nil ? "" : " anew")"
    case .send(let request):
      let fields = request.fields.map { "\($0.name)=\($0.value)" }
      return (["send \(request.address)"] + fields + (request.trustsAnyone ? ["unverified"] : [])).joined(
        separator: " ")
    case .receive(.collect): return "collect"
    case .receive(.deliver(let skip, let limit)): return "deliver \(skip) \(limit)"
    case .receive(.stop): return "stop"
    case .wait(let seconds, _): return "wait \(seconds)"
    case .finish: return "finish"
    case .fail(let failure): return "fail \(failure.kind)"
    }
  }

  /// Tells `exchange` of each event and compares what it says.
  static func check(_ exchange: Exchange, _ steps: [(Event, String)]) {
    var exchange = exchange
    for (number, (event, expected)) in steps.enumerated() {
      let said = summary(exchange.handle(event))
      #expect(said == expected, "step \(number)")
    }
  }

  @Test("a blob that is simply served")
  func plain() {
    Self.check(
      Self.exchange(),
      [
        (.start, "authorize home"), (Self.known, "send https://home/x"),
        (Self.head(200, ["Content-Length": "100"]), "deliver 0 100"), (Self.ended(100), "finish"),
      ])
  }

  @Test("a redirect loses the authorization, and coming home gets it back")
  func redirect() {
    Self.check(
      Self.exchange(),
      [
        (.start, "authorize home"), (Self.token, "send https://home/x Authorization=Bearer t"),
        (Self.head(302, ["Location": "https://home:444/y"]), "collect"),
        (Self.ended(), "send https://home:444/y"),
        (Self.head(302, ["Location": "//other/y"]), "collect"), (Self.ended(), "send https://other/y"),
        (Self.head(308, ["Location": "https://home/z"]), "collect"),
        (Self.ended(), "send https://home/z Authorization=Bearer t"),
      ])
  }

  @Test("a redirect to plain http, or to nowhere, is refused")
  func plainRedirect() {
    for (location, kind) in [("http://home/x", "denied"), ("http:x", "invalid")] {
      Self.check(
        Self.exchange(),
        [
          (.start, "authorize home"), (Self.known, "send https://home/x"),
          (Self.head(302, ["Location": location]), "collect"), (Self.ended(), "fail \(kind)"),
        ])
    }
  }

  @Test("another host is never spoken to without verification, whatever the registry is")
  func insecureRedirect() {
    var home = Self.home
    home.insecure = true
    Self.check(
      Self.exchange(at: [home]),
      [
        (.start, "authorize home"), (Self.known, "send https://home/x unverified"),
        (Self.head(302, ["Location": "https://other/y"]), "collect"), (Self.ended(), "send https://other/y"),
      ])
  }

  @Test("a challenge is answered once; refused again, it is final")
  func challenge() {
    let demand = Self.head(401, ["WWW-Authenticate": "Bearer realm=x", "www-authenticate": "Basic realm=y"])
    Self.check(
      Self.exchange(),
      [
        (.start, "authorize home"), (Self.known, "send https://home/x"), (demand, "collect"),
        (Self.ended(), "authorize home bearer+basic"),
        (Self.token, "send https://home/x Authorization=Bearer t"),
        (demand, "collect"), (Self.ended(), "fail denied"),
      ])
  }

  @Test("a token that expires between two parts is renewed")
  func expiry() {
    let demand = Self.head(401, ["WWW-Authenticate": "Bearer realm=x"])
    Self.check(
      Self.exchange(),
      [
        (.start, "authorize home"), (Self.known, "send https://home/x"), (demand, "collect"),
        (Self.ended(), "authorize home bearer"), (Self.token, "send https://home/x Authorization=Bearer t"),
        (Self.head(200), "deliver 0 100"), (Self.ended(40, .interrupted), "wait 0.5"),
        (.waited, "authorize home"),
        (Self.token, "send https://home/x Authorization=Bearer t Range=bytes=40-99"), (demand, "collect"),
        (Self.ended(), "authorize home bearer anew"),
      ])
  }

  @Test("a 401 without a challenge, or with one out of grammar, is a denial")
  func noChallenge() {
    for fields in [[:], ["WWW-Authenticate": "=;"], ["WWW-Authenticate": ""]]
      as [KeyValuePairs<String, String>]
    {
      Self.check(
        Self.exchange(),
        [
          (.start, "authorize home"), (Self.known, "send https://home/x"),
          (Self.head(401, fields), "collect"),
          (Self.ended(), "fail denied"),
        ])
    }
  }

  @Test("waits double, and the fifth try is the last")
  func backOff() {
    var steps: [(Event, String)] = [(.start, "authorize home")]
    for wait in ["0.5", "1.0", "2.0", "4.0"] {
      steps += [
        (Self.known, "send https://home/x"), (Self.head(503), "collect"), (Self.ended(), "wait \(wait)"),
        (.waited, "authorize home"),
      ]
    }
    Self.check(
      Self.exchange(),
      steps + [
        (Self.known, "send https://home/x"), (Self.head(503), "collect"), (Self.ended(), "fail unreachable"),
      ])
  }

  @Test("a body that gets on a mebibyte at a time may break off as often as it likes")
  func progress() {
    let size: UInt64 = 100 << 20
    var steps: [(Event, String)] = [(.start, "authorize home")]
    for number in 0..<20 {
      let position = UInt64(number) << 20
      let range = number == 0 ? "" : " Range=bytes=\(position)-\(size - 1)"
      let head =
        number == 0
        ? Self.head(200) : Self.head(206, ["Content-Range": "bytes \(position)-\(size - 1)/\(size)"])
      steps += [
        (Self.known, "send https://home/x\(range)"), (head, "deliver 0 \(size - position)"),
        (Self.ended(1 << 20, .interrupted), "wait 0.5"), (.waited, "authorize home"),
      ]
    }
    Self.check(Self.exchange(.blob(size: size, offset: 0)), steps)
  }

  @Test("Retry-After stretches the wait, and one of more than a minute ends it")
  func retryAfter() {
    for (value, expected) in [
      ("0", "wait 0.5"), ("7", "wait 7.0"), ("60", "wait 60.0"), ("61", "fail unreachable"),
      ("Mon, 1", "wait 0.5"),
    ] {
      Self.check(
        Self.exchange(),
        [
          (.start, "authorize home"), (Self.known, "send https://home/x"),
          (Self.head(429, ["Retry-After": value]), "collect"), (Self.ended(), expected),
        ])
    }
  }

  @Test("a certificate that is not right is not tried again")
  func certificate() {
    Self.check(
      Self.exchange(),
      [
        (.start, "authorize home"), (Self.known, "send https://home/x"),
        (Self.ended(0, .certificate), "fail failed"),
      ])
  }

  @Test("after a mirror comes the registry, which goes on where the mirror stopped")
  func mirrors() {
    Self.check(
      Self.exchange(at: [Self.mirror, Self.home]),
      [
        (.start, "authorize mirror"), (Self.token, "send https://mirror/x Authorization=Bearer t"),
        (Self.head(200), "deliver 0 100"), (Self.ended(30, .stalled), "wait 0.5"),
        (.waited, "authorize mirror"),
        (Self.known, "send https://mirror/x Range=bytes=30-99"), (Self.head(404), "collect"),
        (Self.ended(), "authorize home"), (Self.known, "send https://home/x Range=bytes=30-99"),
        (Self.head(200, ["Content-Length": "100"]), "deliver 30 70"), (Self.ended(70), "finish"),
      ])
  }

  @Test("a mirror that was silent before is left out, but never the last place there is")
  func silent() {
    let origins: Set = [Self.target(Self.mirror).address.origin, Self.target(Self.home).address.origin]
    var exchange = Self.exchange(at: [Self.mirror, Self.home])
    exchange.avoid(origins)
    Self.check(exchange, [(.start, "authorize home")])
  }

  @Test("an insecure host that speaks no TLS is spoken to without")
  func fallback() {
    var target = Self.target(Self.home)
    target.fallback = HTTPAddress(.http, authority: "home", path: "/x")
    let exchange = Exchange(.head, HTTPRequest(method: .head, address: target.address), at: [target])
    Self.check(
      exchange,
      [
        (.start, "authorize home"), (Self.known, "send https://home/x"),
        (Self.ended(0, .handshake), "authorize home"),
        (Self.known, "send http://home/x"), (Self.head(200), "collect"), (Self.ended(), "finish"),
      ])
  }

  @Test("more than the descriptor says is invalid, however it is said")
  func surplus() {
    let start: [(Event, String)] = [(.start, "authorize home"), (Self.known, "send https://home/x")]
    Self.check(
      Self.exchange(),
      start + [(Self.head(200, ["Content-Length": "101"]), "stop"), (Self.ended(), "fail invalid")])
    Self.check(
      Self.exchange(),
      start + [
        (Self.head(200), "deliver 0 100"),
        (.ended(TransferEnd(delivered: 100, hasSurplus: true)), "fail invalid"),
      ])
  }

  @Test("a request with a secret in its body is not redirected")
  func post() {
    let address = HTTPAddress(parsing: "https://auth/token")!
    let exchange = Exchange(
      .document(limit: 10), HTTPRequest(method: .post, address: address, body: [1]),
      at: [Exchange.Target(address: address)])
    Self.check(
      exchange,
      [
        (.start, "send https://auth/token"), (Self.head(307, ["Location": "https://auth/t"]), "collect"),
        (Self.ended(), "fail denied"),
      ])
  }

  @Test("who knows no HEAD says nothing, which is no failure")
  func noHead() {
    Self.check(
      Self.exchange(.head),
      [
        (.start, "authorize home"), (Self.known, "send https://home/x"), (Self.head(405), "collect"),
        (Self.ended(), "finish"),
      ])
  }
}
