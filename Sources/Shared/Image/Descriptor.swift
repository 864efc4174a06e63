/// What a blob is, how large and under which digest (image-spec, descriptor.md).
public struct Descriptor: Hashable, Sendable {
  /// The media type as it stood.
  public var mediaType: MediaType
  /// The digest of the bytes.
  public var digest: Digest
  /// The number of bytes.
  public var size: UInt64
  /// Places where the bytes may also be had; never contacted unless asked for.
  public var urls: [String] = []
  /// Annotations, in order.
  public var annotations: [String: String] = [:]
  /// The platform, for a manifest that is an entry of an index.
  public var platform: Platform?
}
