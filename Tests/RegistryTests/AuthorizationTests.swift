import Image
import System
import Testing

@testable import Registry

/// Who gets to see which credentials.
struct AuthorizationTests {
  static let blob = noise(1000, seed: 4)
  static let basic = "Basic \("user:pass".base64)"
  /// A credential file for HOST, the server of the test.
  static let login = ["home/.docker/config.json": #"{"auths":{"HOST":{"auth":"\#("user:pass".base64)"}}}"#]

  private static func demand(_ challenge: String) -> [ScriptedServer.Step] {
    .answer("401 x", ["WWW-Authenticate: \(challenge)"], text: #"{"errors":[{"message":"who are you"}]}"#)
  }

  /// A registry that wants tokens, and the token server, in one.
  private static func tokens(_ answer: @escaping @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step])
    -> ScriptedServer.Script
  {
    { request in
      if request.path == "/token" { return answer(request) }
      guard request.fields["authorization"] == "Bearer letmein" else {
        let host = request.fields["host"] ?? ""
        return demand(
          #"Bearer realm="http://\#(host)/token",service="a b",scope="repository:app:pull""#)
      }
      return .answer("200 OK", body: blob)
    }
  }

  @Test("a name and password go to a registry only once it demands them")
  func basicAnswer() throws {
    let setting = try HostileSetting(files: Self.login) { request in
      request.fields["authorization"] == Self.basic
        ? .answer("200 OK", body: Self.blob) : Self.demand(#"Basic realm="x""#)
    }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(setting.server.requests.map { $0.fields["authorization"] } == [nil, Self.basic, Self.basic])
    #expect(setting.traces.update { !$0.contains { $0.contains("pass") || $0.contains("Basic") } })
  }

  @Test("a token is fetched once and serves for what follows")
  func token() throws {
    let setting = try HostileSetting(Self.tokens { _ in .answer("200 OK", text: #"{"token":"letmein"}"#) })
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(try setting.read(Self.blob) == Self.blob)
    let tokens = setting.server.requests.filter { $0.path == "/token" }
    #expect(tokens.map(\.target) == ["/token?service=a%20b&scope=repository%3Aapp%3Apull"])
    #expect(tokens.first?.fields["authorization"] == nil)
    #expect(setting.server.requests.count == 4)
    #expect(setting.traces.update { !$0.contains { $0.contains("letmein") } })
  }

  @Test("a name and password buy the token")
  func tokenByPassword() throws {
    let setting = try HostileSetting(
      files: Self.login,
      Self.tokens { request in
        request.fields["authorization"] == Self.basic
          ? .answer("200 OK", text: #"{"access_token":"letmein","expires_in":300}"#) : .answer("401 x")
      })
    #expect(try setting.read(Self.blob) == Self.blob)
  }

  @Test("an identity token buys the token, in the body of a POST")
  func identityToken() throws {
    let file = #"{"auths":{"HOST":{"auth":"\#("<token>:".base64)","identitytoken":"refresh&me"}}}"#
    let setting = try HostileSetting(
      files: ["home/.docker/config.json": file],
      Self.tokens { request in
        request.method == "POST" && request.body.contains("grant_type=refresh_token")
          && request.body.contains("refresh_token=refresh%26me") && request.body.contains("service=a%20b")
          ? .answer("200 OK", text: #"{"access_token":"letmein"}"#) : .answer("400 x")
      })
    #expect(try setting.read(Self.blob) == Self.blob)
  }

  @Test("a token that expired is renewed in the middle of the work")
  func expired() throws {
    let valid = Monitor(1)
    let setting = try HostileSetting { request in
      if request.path == "/token" {
        return .answer("200 OK", text: #"{"token":"t\#(valid.update { $0 })"}"#)
      }
      guard request.fields["authorization"] == "Bearer t\(valid.update { $0 })" else {
        return Self.demand(#"Bearer realm="http://\#(request.fields["host"]!)/token""#)
      }
      return .answer("200 OK", body: Self.blob)
    }
    #expect(try setting.read(Self.blob) == Self.blob)
    valid.update { $0 = 2 }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(
      setting.server.requests.compactMap { $0.fields["authorization"] } == [
        "Bearer t1", "Bearer t1", "Bearer t2",
      ])
  }

  @Test(
    "what a token server must not answer",
    arguments: [
      #"{"token":""}"#, #"{}"#, #"{"token":7}"#, #"{"token":"a\r\nX-Evil: 1"}"#, "<html>", #"{"token":"ü"}"#,
      "",
    ])
  func wrongToken(answer: String) throws {
    let setting = try HostileSetting(Self.tokens { _ in .answer("200 OK", text: answer) })
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .invalid)
    #expect(setting.server.requests.count == 2)
  }

  @Test("refused credentials are a denial that names their file and the way out")
  func denied() throws {
    let setting = try HostileSetting(files: Self.login) { _ in Self.demand(#"Basic realm="x""#) }
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.kind == .denied)
    #expect(failure?.problem.contains("home/.docker/config.json") == true)
    #expect(failure?.problem.contains("docker login 127.0.0.1:\(setting.server.port)") == true)
    #expect(failure?.problem.contains("who are you") == true)
    #expect(setting.server.requests.count == 2)
  }

  @Test("credentials that the token server refuses are a denial that names their file")
  func deniedToken() throws {
    let setting = try HostileSetting(
      files: Self.login, Self.tokens { _ in .answer("401 x", text: #"{"details":"go"}"#) })
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.kind == .denied)
    #expect(failure?.problem.contains("home/.docker/config.json") == true)
  }

  @Test("a token that is refused as well is a denial, not a loop")
  func refusedToken() throws {
    let setting = try HostileSetting(Self.tokens { _ in .answer("200 OK", text: #"{"token":"other"}"#) })
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .denied)
    #expect(setting.server.requests.count == 3)
  }

  @Test("where no credentials are stored, the denial says how to store them")
  func anonymous() throws {
    let setting = try HostileSetting { _ in Self.demand(#"Basic realm="x""#) }
    let failure = failure { _ = try setting.read(Self.blob) }
    #expect(failure?.kind == .denied)
    #expect(failure?.problem.contains("none are stored") == true)
  }

  @Test("no credentials follow a redirect to another port or host", arguments: ["127.0.0.1", "localhost"])
  func redirected(host: String) throws {
    let other = try ScriptedServer { _ in .answer("200 OK", body: Self.blob) }
    let port = other.port
    let setting = try HostileSetting(files: Self.login) { request in
      request.fields["authorization"] == Self.basic
        ? .answer("307 x", ["Location: http://\(host):\(port)/blob"]) : Self.demand(#"Basic realm="x""#)
    }
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(other.requests.map { $0.fields["authorization"] } == [nil])
  }

  @Test("what another host demands after a redirect is not answered")
  func redirectedDemand() throws {
    let other = try ScriptedServer { _ in Self.demand(#"Basic realm="x""#) }
    let port = other.port
    let setting = try HostileSetting(files: Self.login) { _ in
      .answer("307 x", ["Location: http://127.0.0.1:\(port)/blob"])
    }
    #expect(failure { _ = try setting.read(Self.blob) }?.kind == .denied)
    #expect(other.requests.count == 1)
  }

  @Test("a token server that redirects does not pass the password on")
  func redirectedToken() throws {
    let other = try ScriptedServer { _ in .answer("200 OK", text: #"{"token":"letmein"}"#) }
    let port = other.port
    let setting = try HostileSetting(
      files: Self.login, Self.tokens { _ in .answer("302 x", ["Location: http://127.0.0.1:\(port)/token"]) })
    #expect(try setting.read(Self.blob) == Self.blob)
    #expect(other.requests.map { $0.fields["authorization"] } == [nil])
  }
}
