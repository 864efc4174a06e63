/// What a user proves to a registry, and where it was found.
///
/// Printed or dumped, it shows its origin and never the secret.
public struct Credentials: Hashable, Sendable {
  /// The proof.
  public enum Secret: Hashable, Sendable {
    /// A name and password (RFC 7617), also good for a token.
    case basic(user: String, password: String)
    /// A refresh token, which buys access tokens (OAuth 2).
    case identityToken(String)
    /// An access token, sent as it is (RFC 6750).
    case bearer(String)
  }

  /// The proof.
  public var secret: Secret
  /// The file or credential helper it comes from, in the words of a person.
  public var origin: String

  /// A proof found in `origin`.
  public init(_ secret: Secret, origin: String) {
    self.secret = secret
    self.origin = origin
  }
}

extension Credentials: CustomStringConvertible, CustomReflectable {
  /// The origin alone.
  public var description: String { "credentials of \(origin)" }
  /// The origin alone.
  public var customMirror: Mirror { Mirror(self, children: ["origin": origin]) }
}

extension Credentials.Secret: CustomStringConvertible, CustomReflectable {
  /// The kind alone.
  public var description: String {
    switch self {
    case .basic: "a user and password"
    case .identityToken: "an identity token"
    case .bearer: "an access token"
    }
  }
  /// Nothing.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
