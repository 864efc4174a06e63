import System

/// What a blob is, how large and under which digest (image-spec, descriptor.md).
public struct Descriptor: Hashable, Sendable {
  /// The media type as it stood.
  public var mediaType: MediaType
  /// The digest of the bytes.
  public var digest: Digest
  /// The number of bytes.
  public var size: UInt64
  /// Places where the bytes may also be had; never contacted unless asked for.
  public var urls: [String]
  /// Annotations; written in the order of their keys.
  public var annotations: [String: String]
  /// The platform, for a manifest that is an entry of an index.
  public var platform: Platform?
  /// What kind of artifact a manifest holds, where it is no image.
  public var artifactType: MediaType?
  /// Every other field, in order: `data`, which is never trusted, and what a later specification adds.
  public private(set) var otherFields = JSON.Object()

  /// The descriptor of `size` bytes with `digest`.
  public init(
    mediaType: MediaType, digest: Digest, size: UInt64, urls: [String] = [],
    annotations: [String: String] = [:], platform: Platform? = nil, artifactType: MediaType? = nil
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.urls = urls
    self.annotations = annotations
    self.platform = platform
    self.artifactType = artifactType
  }
}

extension Descriptor {
  /// The descriptor that `json` is.
  ///
  /// - Throws: `invalid` where a field is missing or out of its grammar; an algorithm that is not registered counts
  ///   as that, since what it names could not be verified.
  public init(json: JSON) throws(Failure) {
    try self.init(Fields(json))
  }

  private static let known: Set = [
    "mediaType", "digest", "size", "urls", "annotations", "platform", "artifactType",
  ]

  init(_ fields: Fields) throws(Failure) {
    mediaType = try fields.required("mediaType", fields.mediaType("mediaType"))
    let digest = try fields.required("digest", fields.string("digest"))
    guard let digest = Digest(digest) else {
      throw fields.wrong("digest", "is not a sha256 or sha512 digest")
    }
    self.digest = digest
    let size = try fields.required("size", fields.integer("size"))
    guard size >= 0 else { throw fields.wrong("size", "is negative") }
    self.size = UInt64(size)
    urls = try fields.strings("urls") ?? []
    annotations = try fields.stringMap("annotations") ?? [:]
    platform = try fields.object("platform").map { (platform) throws(Failure) in try Platform(platform) }
    artifactType = try fields.mediaType("artifactType")
    otherFields = fields.others(Self.known)
  }

  /// The descriptor as a member of a document, its fields in the specification's order, unknown ones last.
  public var json: JSON {
    var object: JSON.Object = [
      "mediaType": .string(mediaType.rawValue), "digest": .string(digest.description),
      "size": .number(String(size)),
    ]
    if !urls.isEmpty { object["urls"] = .array(urls.map(JSON.string)) }
    if !annotations.isEmpty { object["annotations"] = .object(JSON.Object(annotations)) }
    object["platform"] = platform?.json
    object["artifactType"] = artifactType.map { .string($0.rawValue) }
    for member in otherFields.members { object[member.key] = member.value }
    return .object(object)
  }
}

extension Fields {
  func mediaType(_ key: String) throws(Failure) -> MediaType? {
    guard let text = try string(key) else { return nil }
    let type = MediaType(rawValue: text)
    guard type.isWellFormed else { throw wrong(key, "is not a media type") }
    return type
  }
}
