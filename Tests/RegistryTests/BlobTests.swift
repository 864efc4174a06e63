import Image
import System
import Testing
import Transfer
import Verification

@testable import Registry

/// Blobs from servers that do not behave.
struct BlobTests {
  static let blob = noise(100_000, seed: 7)

  private static func range(_ request: ScriptedServer.Request) -> Int? {
    request.fields["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast("-99999".count)) }
  }

  /// Sends `count` bytes of the whole and then does `last`; later requests get the part they ask for.
  private static func breaking(after count: Int, _ last: [ScriptedServer.Step]) -> ScriptedServer.Script {
    { request in
      guard let start = range(request) else {
        return [.head("200 OK", ["Content-Length: 100000"]), .send(Array(blob[..<count]))] + last
      }
      return .answer(
        "206 Partial Content", ["Content-Range: bytes \(start)-99999/100000"], body: Array(blob[start...]))
    }
  }

  @Test(
    "a body that breaks off is resumed where it stopped",
    arguments: [1, 50_000, 99_999], [[ScriptedServer.Step.close], [.reset]])
  func resume(count: Int, last: [ScriptedServer.Step]) throws {
    let setting = try HostileSetting(Self.breaking(after: count, [.pause(0.05)] + last))
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(setting.server.requests.count == 2)
    #expect(setting.notices.update { $0.count } == 1)
  }

  @Test("a body that stalls is given up and resumed")
  func stall() throws {
    let setting = try HostileSetting(Self.breaking(after: 10_000, [.pause(10)]))
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(setting.server.requests.map { Self.range($0) } == [nil, 10_000])
  }

  @Test("a body that never gets on ends after five tries as unreachable")
  func endlessStalls() throws {
    let setting = try HostileSetting { _ in [.head("200 OK", ["Content-Length: 100000"]), .close] }
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .unreachable)
    #expect(setting.server.requests.count == 5)
  }

  @Test(
    "a part that is not the one asked for is refused",
    arguments: [
      "bytes 9999-99999/100000", "bytes 10001-99999/100000", "bytes 10000-99998/100000",
      "bytes 10000-99999/100001", "bytes 10000-99999/*", "bytes */100000", "10000-99999/100000",
      "items 1-2/3",
      "bytes 10000-99999999999999999999999/100000",
    ])
  func wrongRange(range: String) throws {
    let setting = try HostileSetting { _ in
      .answer("206 Partial Content", ["Content-Range: \(range)"], body: Array(Self.blob[10_000...]))
    }
    let failure = failure { _ = try setting.read(Self.blob, from: 10_000) }
    #expect(failure?.kind == .invalid)
    #expect(setting.server.requests.count == 1)
  }

  @Test("a part without a range, or that was not asked for, is refused")
  func unaskedPart() throws {
    let setting = try HostileSetting { _ in .answer("206 Partial Content", body: Self.blob) }
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .invalid)
    #expect(failure { _ = try setting.read(Self.blob, from: 1) }?.kind == .invalid)
  }

  @Test("the whole in place of a part serves as well", arguments: [1, 10_000, 16_384, 99_999])
  func wholeForPart(offset: UInt64) throws {
    let setting = try HostileSetting { _ in .answer("200 OK", body: Self.blob) }
    #expect(try setting.read(Self.blob, from: offset) == Self.blob.suffix(100_000 - Int(offset)))
  }

  @Test("where parts can't be had, the whole is asked for")
  func notSatisfiable() throws {
    let setting = try HostileSetting { request in
      request.fields["range"] == nil
        ? .answer("200 OK", body: Self.blob)
        : .answer("416 Range Not Satisfiable", ["Content-Range: bytes */5"])
    }
    #expect(try setting.read(Self.blob, from: 500) == Self.blob.suffix(99_500))
    #expect(setting.server.requests.map { $0.fields["range"] } == ["bytes=500-99999", nil])
  }

  @Test("nothing is asked for where nothing is left")
  func nothingLeft() throws {
    let setting = try HostileSetting { _ in .notFound }
    #expect(try setting.read(Self.blob, from: 100_000) == [])
    #expect(setting.server.requests.isEmpty)
  }

  @Test("a body that does not end is cut off and invalid")
  func endless() throws {
    let setting = try HostileSetting { _ in
      [
        .head("200 OK", ["Transfer-Encoding: chunked"]),
        .endless(Array(("400\r\n" + String(repeating: "x", count: 1024) + "\r\n").utf8)),
      ]
    }
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem.contains("more than 100000 bytes") == true)
  }

  @Test(
    "a length other than the descriptor's is refused before the body", arguments: [99_999, 100_001, 1 << 50])
  func wrongLength(length: Int) throws {
    let setting = try HostileSetting { _ in [.head("200 OK", ["Content-Length: \(length)"]), .pause(5)] }
    let failure = failure { _ = try setting.source.bytes(of: HostileSetting.descriptor(Self.blob), from: 0) }
    #expect(failure?.kind == .invalid)
    #expect(setting.server.requests.count == 1)
  }

  @Test("a body that is too short though it ends in order is invalid in the end")
  func shortChunked() throws {
    let setting = try HostileSetting { request in
      request.fields["range"] == nil
        ? [.head("200 OK", ["Transfer-Encoding: chunked"]), .send(Array("3\r\nabc\r\n0\r\n\r\n".utf8))]
        : .answer("416 Range Not Satisfiable")
    }
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .invalid)
  }

  @Test("a flipped bit is invalid")
  func flipped() throws {
    var wrong = Self.blob
    wrong[99_999] ^= 1
    let body = wrong
    let setting = try HostileSetting { _ in .answer("200 OK", body: body) }
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .invalid)
  }

  @Test("a body in an encoding that was not asked for is refused")
  func encoded() throws {
    let setting = try HostileSetting { _ in .answer("200 OK", ["Content-Encoding: gzip"], body: Self.blob) }
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem.contains("Content-Encoding gzip") == true)
  }

  @Test("an empty blob is fetched and verified")
  func empty() throws {
    let setting = try HostileSetting { _ in .answer("200 OK") }
    #expect(try setting.read([]) == [])
  }

  @Test("a reader that goes takes its connection and its memory with it")
  func dropped() throws {
    let setting = try HostileSetting { _ in
      [.head("200 OK", ["Content-Length: 1000000000"]), .endless([UInt8](repeating: 1, count: 65536))]
    }
    let descriptor = Descriptor(mediaType: .layer, digest: .of([]), size: 1_000_000_000)
    do {
      let reader = try setting.source.open(descriptor)
      _ = try reader.next()
    }
    #expect(eventually { setting.server.connections == 0 && setting.client.options.budget.used == 0 })
  }
}
