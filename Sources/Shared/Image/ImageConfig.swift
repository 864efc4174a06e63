import System

/// What an image runs on and how it is run (image-spec, config.md).
public struct ImageConfig: Sendable {
  /// The bytes that the image ID is the digest of.
  public let raw: [UInt8]
  /// What it was built for.
  public let platform: Platform
  /// When it was built, RFC 3339, as it stood.
  public let created: String?
  /// Who built it.
  public let author: String?
  /// The layers before compression, from the base up.
  public let diffIDs: [DiffID]
  /// How it is run.
  public let config: RunConfig
  /// How it came to be, from the base up.
  public let history: [History]

  /// One step of the build.
  public struct History: Hashable, Sendable {
    /// When, RFC 3339, as it stood.
    public let created: String?
    /// The command.
    public let createdBy: String?
    /// Who.
    public let author: String?
    /// Why.
    public let comment: String?
    /// Whether it left no layer.
    public let isEmptyLayer: Bool
  }

  /// The configuration that `raw` is; fields it does not know are no mistake.
  ///
  /// - Throws: `invalid` where a field that is needed is missing or of the wrong type.
  public init(raw: [UInt8]) throws(Failure) {
    let fields = try Fields(JSON(parsing: raw))
    self.raw = raw
    platform = try Platform(fields, isWhole: false)
    created = try fields.string("created")
    author = try fields.string("author")
    let rootfs = try fields.required("rootfs", fields.object("rootfs"))
    let type = try rootfs.required("type", rootfs.string("type"))
    guard type == "layers" else { throw rootfs.wrong("type", "is \(type), not layers") }
    var diffIDs: [DiffID] = []
    for text in try rootfs.strings("diff_ids") ?? [] {
      guard let digest = Digest(text) else {
        throw rootfs.wrong("diff_ids", "holds \(text), which is not a sha256 or sha512 digest")
      }
      diffIDs.append(DiffID(digest))
    }
    self.diffIDs = diffIDs
    config = try RunConfig(fields.object("config"))
    history = try fields.objects("history") { (step) throws(Failure) in try History(step) } ?? []
  }
}

extension ImageConfig.History {
  init(_ fields: Fields) throws(Failure) {
    created = try fields.string("created")
    createdBy = try fields.string("created_by")
    author = try fields.string("author")
    comment = try fields.string("comment")
    isEmptyLayer = try fields.bool("empty_layer") ?? false
  }
}
