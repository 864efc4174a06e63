import Image
import System
import Testing

@testable import Registry

/// The state machine of an upload: what came, and what to do then.
struct UploadTests {
  typealias Event = Upload.Event

  static let digest = Digest.of(Array("blob".utf8))
  static let place = HTTPAddress(.http, authority: "r", path: "/v2/a/blobs/uploads/1")!

  static func upload(_ size: UInt64 = 100, from source: String? = nil, again: Bool = true) -> Upload {
    Upload(digest, size: size, mountSource: source, isRereadable: again)
  }

  static func answer(_ status: Int, _ fields: KeyValuePairs<String, String> = [:], body: String = "") -> Event
  {
    let head = ResponseHead(
      status: status, fields: fields.map { HTTPRequest.Field(name: $0.key, value: $0.value) })
    return .answer(head, body: Array(body.utf8), from: place)
  }

  static let broken = Event.failed(Failure(.unreachable, "", "r: connection reset"))
  static let begun = answer(202, ["Location": "/u?s=1"])

  /// The address without the digest, which has to be at its end.
  static func place(_ address: HTTPAddress, isEnd: Bool) -> String {
    guard isEnd else { return address.text }
    let parts = address.text.split(separator: "digest=", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == digest.description.percentEncoded else {
      return address.text + " undigested"
    }
    return String(parts[0].dropLast())
  }

  /// The action in short.
  static func summary(_ action: Upload.Action) -> String {
    switch action {
    case .mount(let source): "mount \(source)"
    case .start: "start"
    case .send(let part, let address, let isWhole):
      "\(isWhole ? "put" : "patch") \(part.lowerBound)..<\(part.upperBound) \(place(address, isEnd: isWhole))"
    case .complete(let address): "complete \(place(address, isEnd: true))"
    case .ask(let address): "ask \(address.text)"
    case .look: "look"
    case .wait(let seconds, _): "wait \(seconds)"
    case .finish(let source): "finish\(source.map { " from \($0)" } ?? "")"
    case .fail(let problem, let session): "fail \(problem.kind)\(session == nil ? "" : " and cancel")"
    }
  }

  static func check(_ upload: Upload, _ steps: [(Event, String)]) {
    var upload = upload
    for (number, (event, expected)) in steps.enumerated() {
      let said = summary(upload.handle(event))
      #expect(said == expected, "step \(number)")
    }
  }

  @Test("a blob goes in one request, to the place that the registry names")
  func whole() {
    Self.check(
      Self.upload(),
      [
        (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"),
        (Self.answer(201, ["Docker-Content-Digest": Self.digest.description]), "finish"),
      ])
  }

  @Test(
    "a Location is relative or absolute; its query stays; plain http is refused after https",
    arguments: [
      ("/u?a=b%2Fc&d", "put 0..<100 http://r/u?a=b%2Fc&d"),
      ("2?x", "put 0..<100 http://r/v2/a/blobs/uploads/2?x"),
      ("https://other:1/u", "put 0..<100 https://other:1/u"), ("ftp://r/u", "fail invalid"),
      ("", "fail invalid"),
    ])
  func location(text: String, expected: String) {
    let event = text.isEmpty ? Self.answer(202) : Self.answer(202, ["Location": text])
    Self.check(Self.upload(), [(.begin, "start"), (event, expected)])
    let head = ResponseHead(status: 202, fields: [HTTPRequest.Field(name: "Location", value: "http://r/u")])
    let secure = HTTPAddress(.https, authority: "r", path: "/")!
    Self.check(
      Self.upload(), [(.begin, "start"), (.answer(head, body: [], from: secure), "fail denied")])
  }

  @Test("what another repository has is taken from there; a registry that can't do that gets the blob")
  func mount() {
    Self.check(
      Self.upload(from: "b"), [(.begin, "mount b"), (Self.answer(201), "finish from b")])
    Self.check(
      Self.upload(from: "b"), [(.begin, "mount b"), (Self.begun, "put 0..<100 http://r/u?s=1")])
    for status in [400, 404, 405] {
      Self.check(Self.upload(from: "b"), [(.begin, "mount b"), (Self.answer(status), "start")])
    }
    let denied = Event.failed(Failure(.denied, "", "no"))
    Self.check(Self.upload(from: "b"), [(.begin, "mount b"), (denied, "start"), (denied, "fail denied")])
    Self.check(Self.upload(from: "b"), [(.begin, "mount b"), (Self.broken, "fail unreachable")])
  }

  @Test("a broken request goes on in chunks from where the registry is")
  func resumed() {
    let size: UInt64 = 40 << 20
    Self.check(
      Self.upload(size),
      [
        (.begin, "start"), (Self.begun, "put 0..<\(size) http://r/u?s=1"), (Self.broken, "wait 0.5"),
        (.waited, "ask http://r/u?s=1"),
        (
          Self.answer(204, ["Range": "0-1048575", "Location": "/u?s=2"]),
          "patch 1048576..<17825792 http://r/u?s=2"
        ),
        (
          Self.answer(202, ["Location": "/u?s=3", "Range": "0-17825791"]),
          "patch 17825792..<34603008 http://r/u?s=3"
        ),
        (Self.answer(202, ["Location": "/u?s=4"]), "patch 34603008..<\(size) http://r/u?s=4"),
        (Self.answer(202, ["Location": "/u?s=5"]), "complete http://r/u?s=5"), (Self.answer(201), "finish"),
      ])
  }

  @Test("a chunk of which the registry took a part goes on there, one of which it took nothing is trouble")
  func partial() {
    let steps: [(Event, String)] = [
      (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"), (Self.broken, "wait 0.5"),
      (.waited, "ask http://r/u?s=1"), (Self.answer(204, ["Range": "0-9"]), "patch 10..<100 http://r/u?s=1"),
    ]
    Self.check(
      Self.upload(), steps + [(Self.answer(202, ["Range": "0-49"]), "patch 50..<100 http://r/u?s=1")])
    Self.check(Self.upload(), steps + [(Self.answer(202, ["Range": "0-9"]), "wait 1.0")])
  }

  @Test(
    "the Range of a status is taken as registries write it",
    arguments: [
      ("0-0", 0), ("0-9", 10), ("bytes=0-9", 10), ("1-9", nil), ("0-", nil), ("9", nil),
      ("0-18446744073709551615", nil),
      ("0--1", nil),
    ] as [(String, UInt64?)])
  func range(text: String, expected: UInt64?) {
    let head = ResponseHead(status: 204, fields: [HTTPRequest.Field(name: "Range", value: text)])
    #expect(Upload.end(head) == expected)
  }

  @Test("a registry that has more than there is starts anew")
  func tooMuch() {
    Self.check(
      Self.upload(),
      [
        (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"), (Self.broken, "wait 0.5"),
        (.waited, "ask http://r/u?s=1"), (Self.answer(204, ["Range": "0-100"]), "start"),
        (Self.begun, "patch 0..<100 http://r/u?s=1"),
      ])
  }

  @Test("what is too large for a proxy goes in smaller and smaller chunks")
  func tooLarge() {
    let size: UInt64 = 100 << 20
    Self.check(
      Self.upload(size),
      [
        (.begin, "start"), (Self.begun, "put 0..<\(size) http://r/u?s=1"),
        (Self.answer(413), "ask http://r/u?s=1"), (Self.answer(204), "patch 0..<16777216 http://r/u?s=1"),
        (Self.answer(413), "ask http://r/u?s=1"), (Self.answer(204), "patch 0..<4194304 http://r/u?s=1"),
        (Self.answer(202), "patch 4194304..<8388608 http://r/u?s=1"),
      ])
    Self.check(
      Self.upload(),
      [
        (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"),
        (Self.answer(413), "fail failed and cancel"),
      ])
  }

  @Test("the smallest chunk that the registry wants is kept to")
  func smallest() {
    let size: UInt64 = 100 << 20
    Self.check(
      Self.upload(size),
      [
        (.begin, "start"),
        (
          Self.answer(202, ["Location": "/u", "OCI-Chunk-Min-Length": "33554432"]),
          "put 0..<\(size) http://r/u"
        ),
        (Self.broken, "wait 0.5"), (.waited, "ask http://r/u"),
        (Self.answer(204), "patch 0..<33554432 http://r/u"),
      ])
  }

  @Test("an overloaded registry is asked again, for as long as it may ask for")
  func overloaded() {
    Self.check(
      Self.upload(),
      [
        (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"),
        (Self.answer(429, ["Retry-After": "7"]), "wait 7.0"), (.waited, "ask http://r/u?s=1"),
        (Self.answer(204), "patch 0..<100 http://r/u?s=1"), (Self.answer(503), "wait 1.0"),
        (.waited, "ask http://r/u?s=1"), (Self.answer(204), "patch 0..<100 http://r/u?s=1"),
        (Self.answer(503, ["Retry-After": "3600"]), "fail unreachable and cancel"),
      ])
  }

  @Test("an upload that got lost may have been completed; else it is begun anew, not for ever")
  func lost() {
    let start: [(Event, String)] = [(.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1")]
    let missing = Event.failed(Failure(.notFound, "", "not found"))
    Self.check(Self.upload(), start + [(Self.answer(404), "look"), (Self.answer(200), "finish")])
    Self.check(
      Self.upload(),
      start + [
        (Self.broken, "wait 0.5"), (.waited, "ask http://r/u?s=1"), (missing, "look"), (missing, "start"),
      ])
    var upload = Self.upload()
    var said = upload.handle(.begin)
    var rounds = 0
    while case .start = said, rounds < 20 {
      rounds += 1
      _ = upload.handle(Self.begun)
      _ = upload.handle(Self.answer(404))
      said = upload.handle(missing)
    }
    #expect(rounds < 10)
    #expect(Self.summary(said).hasPrefix("fail"))
  }

  @Test("a registry that forgets what it got again and again is given up, however much it takes")
  func forgetful() {
    var upload = Self.upload(40 << 20)
    var said = upload.handle(.begin)
    var rounds = 0
    while rounds < 100 {
      rounds += 1
      said = upload.handle(Self.begun)
      if case .send(_, _, let isWhole) = said, !isWhole { said = upload.handle(Self.answer(202)) }
      said = upload.handle(Self.broken)
      guard case .wait = said else { break }
      _ = upload.handle(.waited)
      _ = upload.handle(.failed(Failure(.notFound, "", "not found")))
      _ = upload.handle(.failed(Failure(.notFound, "", "not found")))
    }
    #expect(rounds < 12)
    #expect(Self.summary(said) == "fail unreachable and cancel")
  }

  @Test("another digest than that of the blob is an error, and so is what was put together wrongly twice")
  func digests() {
    let other = Digest.of(Array("other".utf8)).description
    Self.check(
      Self.upload(),
      [
        (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"),
        (Self.answer(201, ["Docker-Content-Digest": other]), "fail invalid"),
      ])
    Self.check(
      Self.upload(),
      [
        (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"),
        (Self.answer(400), "fail failed and cancel"),
      ])
  }

  @Test("what can't be read again is sent once")
  func once() {
    for trouble in [Self.broken, Self.answer(503), Self.answer(416)] {
      Self.check(
        Self.upload(again: false),
        [
          (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"),
          (trouble, "fail unreachable and cancel"),
        ])
    }
  }

  @Test("a redirect is followed as it stands, not for ever")
  func redirects() {
    var upload = Self.upload()
    _ = upload.handle(.begin)
    _ = upload.handle(Self.begun)
    for number in 1...10 {
      let said = upload.handle(Self.answer(307, ["Location": "https://s/\(number)"]))
      #expect(Self.summary(said) == "put 0..<100 https://s/\(number) undigested")
    }
    #expect(Self.summary(upload.handle(Self.answer(307, ["Location": "https://s/11"]))) == "fail failed")
  }

  @Test("a blob that turns out to be wrong is cancelled")
  func unreadable() {
    Self.check(
      Self.upload(),
      [
        (.begin, "start"), (Self.begun, "put 0..<100 http://r/u?s=1"),
        (.unreadable(Failure(.invalid, "", "digest mismatch")), "fail invalid and cancel"),
      ])
  }
}
