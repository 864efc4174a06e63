/// What a user proves to a registry, and where it was found.
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
