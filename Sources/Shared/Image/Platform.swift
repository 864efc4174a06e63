/// An operating system and processor (image-spec, image-index.md, `platform`).
public struct Platform: Hashable, Sendable {
  /// GOOS.
  public var os: String
  /// GOARCH.
  public var architecture: String
  /// The variant of the processor, `v7` say.
  public var variant: String?
}
