import Image
import System
import Testing

@testable import Registry

/// Several places for one image.
struct MirrorTests {
  static let blob = noise(100_000, seed: 5)

  /// A client whose registry is `home`, with `mirror` before it.
  private func setting(mirror: UInt16, home: @escaping ScriptedServer.Script) throws -> HostileSetting {
    try HostileSetting(
      files: [
        "etc/containers/registries.conf": """
        [[registry]]
        location = "HOST"
        [[registry.mirror]]
        location = "127.0.0.1:\(mirror)/cache"
        """
      ], home)
  }

  @Test("a mirror that has it serves it, and the registry is left alone")
  func served() throws {
    let mirror = try ScriptedServer { _ in .answer("200 OK", body: Self.blob) }
    let setting = try setting(mirror: mirror.port) { _ in .notFound }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(mirror.requests.first?.path.hasPrefix("/v2/cache/app/blobs/") == true)
    #expect(setting.server.requests.isEmpty)
  }

  @Test(
    "where a mirror lacks it, is overloaded or lets nobody in, the registry is asked at once",
    arguments: ["404", "503", "403", "401"])
  func missing(status: String) throws {
    let mirror = try ScriptedServer { _ in .answer("\(status) x") }
    let setting = try setting(mirror: mirror.port) { _ in .answer("200 OK", body: Self.blob) }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(mirror.requests.count == 1)
    #expect(setting.notices.update { $0.isEmpty })
  }

  @Test("where no mirror listens, the registry is asked at once")
  func down() throws {
    // Kept, so that no other test's server gets the port.
    let silent = Listener(listening: false)
    defer { withExtendedLifetime(silent) {} }
    let setting = try setting(mirror: silent.port) { _ in .answer("200 OK", body: Self.blob) }
    for _ in 0..<3 { #expect(try setting.read(Self.blob) == Self.blob) }
    #expect(setting.notices.update { $0.isEmpty })
    #expect(setting.traces.update { $0.count { $0.contains("/v2/cache/") } } == 1)
  }

  @Test("what a mirror began, the registry ends")
  func resumed() throws {
    let mirror = try ScriptedServer { _ in
      [.head("200 OK", ["Content-Length: 100000"]), .send(Array(Self.blob[..<40_000])), .pause(0.05), .close]
    }
    let setting = try setting(mirror: mirror.port) { request in
      request.fields["range"] == "bytes=40000-99999"
        ? .answer("206 x", ["Content-Range: bytes 40000-99999/100000"], body: Array(Self.blob[40_000...]))
        : .notFound
    }
    #expect(try setting.read(Self.blob) == Self.blob)
  }

  @Test("a foreign layer is fetched from elsewhere only where that was asked for, and over https")
  func foreign() throws {
    let elsewhere = try ScriptedServer { _ in .answer("200 OK", body: Self.blob) }
    let setting = try HostileSetting { _ in .notFound }
    var descriptor = HostileSetting.descriptor(Self.blob)
    descriptor.urls = ["http://127.0.0.1:\(elsewhere.port)/layer", "file:///etc/passwd"]
    let resolved = Resolved(reference: setting.reference, descriptor: HostileSetting.descriptor([]), raw: [])
    for foreign in [false, true] {
      let source = RegistrySource(setting.client, resolved, foreign: foreign)
      #expect(failure { _ = try source.open(descriptor) }?.kind == .notFound)
    }
    #expect(elsewhere.connections == 0)
    descriptor.urls = ["https://127.0.0.1:\(elsewhere.port)/layer"]
    #expect(failure { _ = try RegistrySource(setting.client, resolved).open(descriptor) }?.kind == .notFound)
    // It speaks no TLS: unreachable says that it was asked.
    let source = RegistrySource(setting.client, resolved, foreign: true)
    #expect(failure { _ = try source.open(descriptor) }?.kind == .unreachable)
  }

  @Test("plain http will do for a host that was called insecure, where it speaks no TLS")
  func fallback() throws {
    let setting = try HostileSetting(insecure: true) { _ in .answer("200 OK", body: Self.blob) }
    for _ in 0..<3 { #expect(try setting.read(Self.blob) == Self.blob) }
    // One handshake that failed is enough.
    #expect(setting.traces.update { $0.count { $0.contains("https:") } } == 1)
  }
}
