import Image
import System

/// A value of the Authorization field, and whose it is.
struct Authorization: Hashable, Sendable {
  /// `Basic …` or `Bearer …`: a secret.
  var value: String
  /// Where the credentials behind it were found; nil for an anonymous token.
  var origin: String?

  /// What there is to do before a value is known.
  enum Plan {
    /// Nothing.
    case known(Authorization)
    /// A token is to be had.
    case token(TokenRequest)
  }

  /// How to answer one of `challenges`, made by `endpoint`.
  ///
  /// - Throws: `.denied` where there is none that can be answered.
  static func plan(_ challenges: [Challenge], _ endpoint: Endpoint, _ credentials: Credentials?)
    throws(Failure) -> Plan
  {
    if case .bearer(let token) = credentials?.secret {
      return .known(try bearer(token, origin: credentials?.origin))
    }
    if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
      return try token(bearer, endpoint, credentials)
    }
    guard challenges.contains(where: { $0.scheme == "basic" }) else {
      let schemes = challenges.map { $0.scheme.excerpt }.joined(separator: ", ")
      throw Failure(.denied, "", "\(endpoint.host) wants authentication of a kind not known here: \(schemes)")
    }
    guard case .basic(let user, let password) = credentials?.secret else {
      throw denial(by: endpoint, credentials?.origin, nil)
    }
    return .known(basic(user, password, origin: credentials?.origin))
  }

  /// A name and password (RFC 7617).
  private static func basic(_ user: String, _ password: String, origin: String?) -> Authorization {
    Authorization(value: "Basic \("\(user):\(password)".base64)", origin: origin)
  }

  /// A token (RFC 6750), which must not break the header field it goes into.
  static func bearer(_ token: String, origin: String?) throws(Failure) -> Authorization {
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw Failure(
        .invalid, "", "the access token \(origin.map { "of \($0) " } ?? "")has impossible characters")
    }
    return Authorization(value: "Bearer \(token)", origin: origin)
  }

  private static func token(_ challenge: Challenge, _ endpoint: Endpoint, _ credentials: Credentials?)
    throws(Failure) -> Plan
  {
    let realm = try realm(challenge, endpoint)
    var query: [(name: String, value: String)] = []
    if let service = challenge.parameters["service"] { query.append(("service", service)) }
    let asked = challenge.parameters["scope"] ?? "repository:\(endpoint.repository):pull"
    let scope = endpoint.scopes.isEmpty ? asked : endpoint.scopes.joined(separator: " ")
    // Several scopes come in one parameter and go out as several.
    let scopes = scope.split(separator: " ").map { (name: "scope", value: String($0)) }
    guard case .identityToken(let refresh) = credentials?.secret else {
      let target = target(realm.adding(query: query + scopes), endpoint)
      var request = TokenRequest(request: HTTPRequest(address: target.address), target: target)
      request.origin = credentials?.origin
      if case .basic(let user, let password) = credentials?.secret {
        request.authorization = basic(user, password, origin: credentials?.origin)
      }
      return .token(request)
    }
    query += [
      ("scope", scope), ("grant_type", "refresh_token"), ("refresh_token", refresh),
      ("client_id", "ociutils"),
    ]
    let form = query.map { "\($0.name)=\($0.value.percentEncoded)" }.joined(separator: "&")
    let request = HTTPRequest(method: .post, address: realm, body: Array(form.utf8))
    return .token(
      TokenRequest(request: request, target: target(realm, endpoint), origin: credentials?.origin))
  }

  /// Where the token is to be had.
  ///
  /// It may be another host, but what goes there is a secret: not over plain http, unless that stays on this
  /// machine or the user called the registry insecure.
  private static func realm(_ challenge: Challenge, _ endpoint: Endpoint) throws(Failure) -> HTTPAddress {
    guard let text = challenge.parameters["realm"], let realm = HTTPAddress(parsing: text) else {
      throw Failure(.denied, "", "\(endpoint.host) names no valid place to get a token")
    }
    guard realm.scheme == .https || realm.isLoopback || endpoint.insecure else {
      throw Failure(
        .denied, "", "\(endpoint.host) wants credentials sent to \(realm.authority) over plain http")
    }
    return realm
  }

  private static func target(_ realm: HTTPAddress, _ endpoint: Endpoint) -> Exchange.Target {
    let isSameHost = HTTPAddress(endpoint.scheme, authority: endpoint.host, path: "/")?.host == realm.host
    return Exchange.Target(address: realm, trustsAnyone: endpoint.insecure && isSameHost)
  }

  /// The failure of a user who is not let in.
  static func denial(by endpoint: Endpoint, _ origin: String?, _ message: String?) -> Failure {
    let host = endpoint.host == "registry-1.docker.io" ? "docker.io" : endpoint.host
    let login = "`skopeo login \(host)` or `docker login \(host)`"
    let reason = message.map { " (\($0))" } ?? ""
    if let origin {
      return Failure(
        .denied, "",
        "\(endpoint.host) refuses the credentials of \(origin)\(reason); \(login) writes new ones")
    }
    return Failure(
      .denied, "",
      "\(endpoint.host) demands credentials\(reason), and none are stored for it; \(login) stores them")
  }
}

/// How to get a token, and so what it is good for.
struct TokenRequest: Hashable, Sendable {
  /// The request; a POST carries its secret in the body.
  var request: HTTPRequest
  /// The token server.
  var target: Exchange.Target
  /// What to say to the token server.
  var authorization: Authorization?
  /// Where the credentials were found; nil for an anonymous token.
  var origin: String?
}

/// What a token server answers (distribution's token specification; RFC 6749, section 5.1).
struct TokenAnswer: Hashable, Sendable {
  /// The token.
  var authorization: Authorization
  /// How long it lives, seconds.
  var lifetime: Double

  /// Reads the document of a token server.
  init(_ body: [UInt8], origin: String?) throws(Failure) {
    let document: JSON
    do { document = try JSON(parsing: body) } catch {
      throw Failure(.invalid, "", "no token: \(error.problem)")
    }
    let token = document["token"]?.string ?? document["access_token"]?.string ?? ""
    authorization = try Authorization.bearer(token, origin: origin)
    // What is not said is a minute; nothing shorter is worth a round trip of its own.
    lifetime = Double(max(60, document["expires_in"]?.integer ?? 60))
  }
}
