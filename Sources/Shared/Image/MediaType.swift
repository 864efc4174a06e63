/// The media type of a blob (image-spec, media-types.md; RFC 6838), as it stood.
public struct MediaType: RawRepresentable, Hashable, Sendable {
  /// The type as it stood.
  public let rawValue: String

  /// The type named `rawValue`.
  public init(rawValue: String) { self.rawValue = rawValue }
}
