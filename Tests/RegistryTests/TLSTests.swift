import Glibc
import Image
import System
import TestSupport
import Testing
import Transfer

@testable import Registry

@Suite(.enabled(if: TLSServer.isInstalled, "nginx or openssl is missing"))
struct TLSTests {
  static let blob = noise(200_000, seed: 1)

  @Test("an authority in certs.d is trusted; documents come by HTTP/2, bodies by connections of their own")
  func trusted() throws {
    let server = try TLSServer([Self.blob], manifest: AnswerTests.manifest)
    let client = try server.client()
    #expect(try client.resolve(server.reference).raw == AnswerTests.manifest)
    #expect(try server.source(client).open(HostileSetting.descriptor(Self.blob)).readAll() == Self.blob)
    #expect(eventually { server.log.map { String($0.prefix(8)) } == ["HTTP/2.0", "HTTP/1.1"] })
  }

  @Test("an unknown authority fails at once, with the ways out")
  func unknown() throws {
    let server = try TLSServer([], manifest: AnswerTests.manifest)
    // Another authority for the same host, so that it is spoken to in TLS.
    let client = try server.client()
    let other = try TLSServer([])
    try server.scratch.write(
      "etc/containers/certs.d/\(server.host)/ca.crt", other.scratch.bytes("cert.pem"))
    let failure = failure { _ = try client.resolve(server.reference) }
    #expect(failure?.kind == .failed)
    #expect(failure?.problem.contains("certs.d/\(server.host)/ca.crt") == true)
    #expect(failure?.problem.contains("--insecure \(server.host)") == true)
  }

  @Test("a host that was called insecure may have any certificate")
  func insecure() throws {
    let server = try TLSServer([Self.blob], manifest: AnswerTests.manifest)
    let client = try server.client(trusts: false, insecure: true)
    #expect(try client.resolve(server.reference).raw == AnswerTests.manifest)
    #expect(try server.source(client).open(HostileSetting.descriptor(Self.blob)).readAll() == Self.blob)
    #expect(eventually { server.log.count == 2 })
  }

  @Test("a certificate for another name is not trusted")
  func wrongName() throws {
    let server = try TLSServer([], manifest: AnswerTests.manifest)
    let client = try server.client()
    let directory = "\(server.scratch.path)/etc/containers/certs.d"
    try Command.run("mv", "\(directory)/\(server.host)", "\(directory)/127.0.0.1:\(server.port)")
    let reference = try Reference(parsing: "127.0.0.1:\(server.port)/app")
    #expect(failure { _ = try client.resolve(reference) }?.kind == .failed)
  }

  @Test("a client's certificate is shown where the server asks", arguments: [true, false])
  func clientCertificate(shows: Bool) throws {
    let server = try TLSServer([], manifest: AnswerTests.manifest, asksForCertificate: true)
    let client = try server.client(shows: shows)
    #expect((failure { _ = try client.resolve(server.reference) } == nil) == shows)
  }

  @Test("a slow reader gets every blob over TLS, however little memory those ahead leave")
  func tiny() throws {
    var options = HostileSetting.impatient
    options.budget = ChunkBudget(chunks: 8, chunkSize: 16 << 10, readers: 1)
    let blobs = (0..<12).map { noise(400_000 + $0, seed: UInt64($0)) }
    let server = try TLSServer(blobs)
    let source = try server.source(server.client(options: options))
    let descriptors = blobs.map(HostileSetting.descriptor)
    source.announce(descriptors)
    for (blob, descriptor) in zip(blobs, descriptors) {
      let reader = try source.open(descriptor)
      var bytes: [UInt8] = []
      while let piece = try reader.next() {
        bytes += piece
        usleep(200)
      }
      #expect(bytes == blob)
    }
    // Read again from the end: what is ahead must not stand in the way.
    let again = try server.source(server.client(options: options))
    again.announce(descriptors)
    usleep(100_000)
    for (blob, descriptor) in zip(blobs, descriptors).reversed() {
      #expect(try again.open(descriptor).readAll() == blob)
    }
  }

  @Test("a reader that stands still holds up no other")
  func standing() throws {
    var options = HostileSetting.impatient
    options.budget = ChunkBudget(chunks: 16, chunkSize: 16 << 10, readers: 2)
    let blobs = [noise(8 << 20, seed: 1), noise(8 << 20, seed: 2)]
    let server = try TLSServer(blobs)
    let source = try server.source(server.client(options: options))
    let standing = try source.open(HostileSetting.descriptor(blobs[0]))
    var count = try standing.next()?.count ?? 0
    usleep(50_000)
    #expect(try source.open(HostileSetting.descriptor(blobs[1])).readAll() == blobs[1])
    while let piece = try standing.next() { count += piece.count }
    #expect(count == 8 << 20)
  }
}
