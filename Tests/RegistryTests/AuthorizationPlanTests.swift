import System
import Testing

@testable import Registry

struct AuthorizationPlanTests {
  static let endpoint = Endpoint(scheme: .https, host: "reg.example", repository: "a/b")

  private func plan(_ challenge: String, _ secret: Credentials.Secret? = nil, insecure: Bool = false)
    throws(Failure)
    -> Authorization.Plan
  {
    var endpoint = Self.endpoint
    endpoint.insecure = insecure
    return try Authorization.plan(
      Challenge.parse([challenge]) ?? [], endpoint, secret.map { Credentials($0, origin: "FILE") })
  }

  @Test(
    "a place that would see secrets in plain text gets none",
    arguments: [
      "http://reg.example/token", "http://auth.example/token", "ftp://reg.example/", "//reg.example/",
      "token", "",
      "https://user:pass@reg.example/", "http://127.0.0.1.evil.example/", "http://localhost.evil/",
    ])
  func plainRealm(realm: String) {
    #expect(
      failure { _ = try plan("Bearer realm=\"\(realm)\"", .basic(user: "u", password: "p")) }?.kind == .denied
    )
    #expect(failure { _ = try plan("Bearer realm=\"\(realm)\"") }?.kind == .denied)
  }

  @Test(
    "another host over https, this machine, and what the user calls insecure may give tokens",
    arguments: [
      ("https://auth.example/token", false), ("http://127.0.0.1:5001/token", false),
      ("http://[::1]/t", false),
      ("http://auth.example/token", true),
    ])
  func goodRealm(realm: String, insecure: Bool) throws {
    guard case .token(let request) = try plan("Bearer realm=\"\(realm)\",service=s", insecure: insecure)
    else {
      Issue.record("no token request")
      return
    }
    #expect(request.target.address.text == "\(realm)?service=s&scope=repository%3Aa%2Fb%3Apull")
    #expect(request.authorization == nil)
  }

  @Test("only the registry's own host may go unverified")
  func verified() throws {
    for (host, trusts) in [("reg.example", true), ("reg.example:8443", true), ("auth.example", false)] {
      guard case .token(let request) = try plan("Bearer realm=\"https://\(host)/t\"", insecure: true) else {
        Issue.record("no token request")
        return
      }
      #expect(request.target.trustsAnyone == trusts)
    }
  }

  @Test("of several challenges the token is preferred, and an unknown one alone is a denial")
  func several() throws {
    let both = #"Basic realm="x", Bearer realm="https://auth.example/t""#
    guard case .token = try plan(both, .basic(user: "u", password: "p")) else {
      Issue.record("no token request")
      return
    }
    #expect(failure { _ = try plan("Negotiate abc==") }?.problem.contains("negotiate") == true)
  }

  @Test("a name and password are encoded as RFC 7617 has it")
  func basic() throws {
    guard case .known(let known) = try plan("Basic realm=x", .basic(user: "Aladdin", password: "open sesame"))
    else {
      Issue.record("not known")
      return
    }
    #expect(known.value == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
  }

  @Test("an access token is sent as it is, unless it would break the header")
  func bearer() throws {
    guard case .known(let known) = try plan("Bearer realm=x", .bearer("abc")) else {
      Issue.record("not known")
      return
    }
    #expect(known.value == "Bearer abc")
    #expect(failure { _ = try plan("Bearer realm=x", .bearer("a\r\nb")) }?.kind == .invalid)
  }

  @Test(
    "base 64 has its padding",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
  func base64(text: String, expected: String) { #expect(text.base64 == expected) }
}
