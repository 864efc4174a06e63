import Image
import System
import Testing

@testable import Registry

/// Going through a proxy, and past it.
struct ProxyTests {
  static let blob = noise(1000, seed: 6)

  private func setting(_ variables: [String: String], _ script: @escaping ScriptedServer.Script) throws -> (
    HostileSetting, ScriptedServer
  ) {
    let proxy = try ScriptedServer(script)
    var environment = variables
    for (name, value) in variables { environment[name] = value.replacing("PORT", with: String(proxy.port)) }
    return (try HostileSetting(environment: environment) { _ in .answer("200 OK", body: Self.blob) }, proxy)
  }

  @Test("https goes through a tunnel, and a proxy that makes none is a failure at once")
  func tunnel() throws {
    let (setting, proxy) = try setting(["HTTPS_PROXY": "http://127.0.0.1:PORT"]) { _ in .answer("407 x") }
    let reference = try Reference(parsing: "registry.example/app")
    let failure = failure { _ = try setting.client.resolve(reference) }
    #expect(failure?.kind == .failed)
    #expect(failure?.problem.contains("407") == true)
    #expect(proxy.requests.map { "\($0.method) \($0.target)" } == ["CONNECT registry.example:443"])
  }

  @Test("this machine is spoken to without a proxy")
  func loopback() throws {
    let (setting, proxy) = try setting(["http_proxy": "http://127.0.0.1:PORT"]) { _ in .notFound }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(proxy.requests.isEmpty)
  }
}
