import Image
import System
import Testing

@testable import Registry

/// Answers that are no plain success, and what becomes of them.
struct AnswerTests {
  static let blob = noise(1000, seed: 3)
  static let manifest = Manifest(
    config: Descriptor(mediaType: .imageConfig, digest: .of([1]), size: 1), layers: []
  ).raw

  private static func served(_ type: MediaType = .imageManifest, _ lines: [String] = []) -> [ScriptedServer
    .Step]
  {
    .answer("200 OK", ["Content-Type: \(type)"] + lines, body: manifest)
  }

  @Test(
    "what is overloaded is asked again", arguments: ["408 x", "429 x", "500 x", "502 x", "503 x", "504 x"])
  func overloaded(status: String) throws {
    let setting = try HostileSetting {
      $0.earlier < 2 ? .answer(status, text: "busy") : .answer("200 OK", body: Self.blob)
    }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(setting.notices.update { $0.count } == 2)
  }

  @Test("five overloaded answers are unreachable, with the registry's words")
  func staysOverloaded() throws {
    let setting = try HostileSetting { _ in
      .answer("503 x", text: #"{"errors":[{"code":"UNAVAILABLE","message":"mainten\u001b[31mance"}]}"#)
    }
    let failure = failure { _ = try setting.client.resolve(setting.reference) }
    #expect(failure?.kind == .unreachable)
    #expect(failure?.problem.contains("HTTP 503") == true)
    #expect(failure?.problem.contains(#"mainten\u{1b}[31mance"#) == true)
    #expect(setting.server.requests.count == 5)
  }

  @Test("Retry-After is obeyed")
  func retryAfter() throws {
    let setting = try HostileSetting { request in
      request.earlier == 0
        ? .answer("429 x", ["Retry-After: 1"], text: "") : .answer("200 OK", body: Self.blob)
    }
    let start = TransportLoop.now
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(TransportLoop.now - start >= 1)
  }

  @Test("a Retry-After of an hour is not waited for", arguments: ["3600", "99999999999999999999"])
  func longRetryAfter(seconds: String) throws {
    let setting = try HostileSetting { _ in .answer("429 x", ["Retry-After: \(seconds)"], text: "") }
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.kind == .unreachable)
    #expect(seconds.count > 9 || failure?.problem.contains("3600 s") == true)
  }

  @Test("nobody listening is unreachable after three tries")
  func refused() throws {
    let setting = try HostileSetting { _ in [] }
    let silent = Listener(listening: false)
    defer { withExtendedLifetime(silent) {} }
    let reference = try Reference(parsing: "127.0.0.1:\(silent.port)/app")
    #expect(failure { _ = try setting.client.resolve(reference) }?.kind == .unreachable)
    #expect(setting.notices.update { $0.count } == 2)
  }

  @Test(
    "the answers that are final",
    arguments: [
      ("404 Not Found", FailureKind.notFound, "not found"), ("403 Forbidden", .denied, "denied by"),
      ("400 Bad Request", .failed, "HTTP 400"), ("418 x", .failed, "HTTP 418"),
      ("204 No Content", .failed, "204"),
    ])
  func final(status: String, kind: FailureKind, words: String) throws {
    let setting = try HostileSetting { _ in .answer(status, text: "<html>") }
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.kind == kind)
    #expect(failure?.problem.contains(words) == true)
    #expect(setting.server.requests.count == 1)
  }

  @Test("a redirect loop ends")
  func loop() throws {
    let setting = try HostileSetting { .answer("302 Found", ["Location: \($0.target)x"], text: "") }
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.problem.contains("redirects without end") == true)
    #expect(setting.server.requests.count == 11)
  }

  @Test("redirects of every kind are followed", arguments: [301, 302, 303, 307, 308])
  func redirects(status: Int) throws {
    let setting = try HostileSetting { request in
      request.path.hasPrefix("/v2/")
        ? .answer("\(status) x", ["Location: /elsewhere?signature=secret"], text: "")
        : .answer("200 OK", body: Self.blob)
    }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(setting.traces.update { $0.contains { $0.contains("/elsewhere") } })
    #expect(setting.traces.update { !$0.contains { $0.contains("secret") } })
  }

  @Test(
    "a redirect to no address is refused",
    arguments: [
      "ftp://127.0.0.1/", "http://user@127.0.0.1/", "http://127.0.0.1\\@evil/", "http://", "http://a:0/",
    ])
  func wrongRedirect(location: String) throws {
    let setting = try HostileSetting { _ in .answer("302 Found", ["Location: \(location)"], text: "") }
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .invalid)
    #expect(setting.server.requests.count == 1)
  }

  @Test("too many header fields are refused, as are too large ones")
  func hugeHead() throws {
    let many = try HostileSetting { _ in
      .answer("200 OK", (0..<300).map { "X-\($0): 1" }, body: Self.blob)
    }
    #expect(failure { _ = try many.read(Self.blob) }?.kind == .invalid)
    let large = try HostileSetting { _ in
      .answer("200 OK", (0..<20).map { "X-\($0): " + String(repeating: "x", count: 8000) }, body: Self.blob)
    }
    #expect(failure { _ = try large.read(Self.blob) }?.kind == .invalid)
    let endless = try HostileSetting { _ in
      [.send(Array("HTTP/1.1 200 OK\r\nX: ".utf8)), .endless(Array("xxxxxxxxxxxxxxxx".utf8))]
    }
    #expect(failure { _ = try endless.read(Self.blob) }?.kind == .invalid)
    #expect(endless.server.requests.count == 1)
  }

  @Test(
    "what comes without end beside the body is refused at once: trailer fields, interim answers",
    arguments: [
      (
        "HTTP/1.1 200 OK\r\nContent-Type: \(MediaType.imageManifest)\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        "T: \(String(repeating: "x", count: 1000))\r\n"
      ),
      ("", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    ])
  func endlessBeside(first: String, again: String) throws {
    let setting = try HostileSetting { _ in [.send(Array(first.utf8)), .endless(Array(again.utf8))] }
    #expect(failure { _ = try setting.client.resolve(setting.reference) }?.kind == .invalid)
    #expect(setting.server.requests.count == 1)
  }

  @Test("a byte now and then is a stall")
  func trickle() throws {
    let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".utf8)
    var options = HostileSetting.impatient
    options.retry.tries = 1
    let setting = try HostileSetting(options: options) { _ in
      [.send(head)] + (0..<100).flatMap { _ in [ScriptedServer.Step.send([0x20]), .pause(0.1)] }
    }
    let start = TransportLoop.now
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .unreachable)
    #expect(TransportLoop.now - start < 8)
  }

  @Test(
    "what is no HTTP fails",
    arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "{}"])
  func noHTTP(text: String) throws {
    let setting = try HostileSetting { _ in [.send(Array(text.utf8)), .close] }
    #expect(failure { _ = try setting.read(Self.blob) } != nil)
  }

  @Test("a manifest is what its bytes are, whatever the registry says of them")
  func liedDigest() throws {
    let lie = "Docker-Content-Digest: \(Digest.of([9]))"
    let setting = try HostileSetting { _ in Self.served(.imageManifest, [lie]) }
    let resolved = try setting.client.resolve(setting.reference)
    #expect(resolved.descriptor.digest == Digest.of(Self.manifest))
    #expect(resolved.descriptor.mediaType == .imageManifest)
    #expect(resolved.descriptor.size == UInt64(Self.manifest.count))
  }

  @Test("a manifest asked for by digest must have it")
  func wrongDigest() throws {
    let setting = try HostileSetting { _ in Self.served() }
    #expect(failure { _ = try setting.client.resolve(setting.reference.at(.of([9]))) }?.kind == .invalid)
    #expect(try setting.client.resolve(setting.reference.at(.of(Self.manifest))).raw == Self.manifest)
  }

  @Test(
    "a document that is not what its type says is invalid",
    arguments: [
      MediaType.imageIndex, .dockerManifest, .dockerManifestList, .dockerManifestSchema1Signed,
      MediaType(rawValue: "text/html"), .imageConfig,
    ])
  func wrongType(type: MediaType) throws {
    let setting = try HostileSetting { _ in Self.served(type) }
    #expect(failure { _ = try setting.client.resolve(setting.reference) }?.kind == .invalid)
  }

  @Test(
    "a type that says nothing is made up for by the document",
    arguments: ["application/json", "text/plain; x=y"])
  func vagueType(type: String) throws {
    let setting = try HostileSetting { _ in Self.served(MediaType(rawValue: type)) }
    #expect(try setting.client.resolve(setting.reference).descriptor.mediaType == .imageManifest)
  }

  @Test("a page where a manifest should be is invalid")
  func page() throws {
    let setting = try HostileSetting { _ in
      .answer("200 OK", ["Content-Type: text/html"], text: "<html>Log in</html>")
    }
    let failure = failure { _ = try setting.client.resolve(setting.reference) }
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem.contains("text/html") == true)
  }

  @Test("a manifest of more than 4 MiB is refused, whether it says so or not")
  func hugeManifest() throws {
    let said = try HostileSetting { _ in [.head("200 OK", ["Content-Length: 9999999"]), .pause(5)] }
    #expect(failure { _ = try said.client.resolve(said.reference) }?.kind == .invalid)
    let unsaid = try HostileSetting { _ in
      [.head("200 OK"), .endless(Array(String(repeating: " ", count: 4096).utf8))]
    }
    #expect(failure { _ = try unsaid.client.resolve(unsaid.reference) }?.kind == .invalid)
  }

  @Test("HEAD gives the digest, or nil where the registry has none to give")
  func head() throws {
    let digest = Digest.of(Self.manifest)
    let setting = try HostileSetting { _ in
      [.head("200 OK", ["Docker-Content-Digest: \(digest)", "Content-Length: 99"])]
    }
    #expect(try setting.client.head(setting.reference) == digest)
    #expect(setting.server.requests.map(\.method) == ["HEAD"])
    #expect(setting.server.requests.first?.fields["accept"]?.contains("manifest.list.v2+json") == true)
    let mute = try HostileSetting { _ in [.head("200 OK", ["Content-Length: 99"])] }
    #expect(try mute.client.head(mute.reference) == nil)
    let missing = try HostileSetting { _ in [.head("404 x", ["Content-Length: 99"])] }
    #expect(failure { _ = try missing.client.head(missing.reference) }?.kind == .notFound)
  }

  @Test("a document is fetched once, however often it is read")
  func once() throws {
    let config = Array("{}".utf8)
    let setting = try HostileSetting {
      $0.path.contains("/blobs/") ? .answer("200 OK", body: config) : Self.served()
    }
    let resolved = try setting.client.resolve(setting.reference)
    let source = RegistrySource(setting.client, resolved)
    let descriptor = Descriptor(mediaType: .imageConfig, digest: .of(config), size: 2)
    for _ in 0..<3 {
      #expect(try source.document(resolved.descriptor) == Self.manifest)
      #expect(try source.document(descriptor) == config)
    }
    #expect(setting.server.requests.count == 2)
  }
}
