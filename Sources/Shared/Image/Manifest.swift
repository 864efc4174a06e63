import System

/// The manifest of one image (image-spec, manifest.md; Docker's schema 2), its bytes as they came beside it.
public struct Manifest: Sendable {
  /// The bytes that its digest is of.
  public let raw: [UInt8]
  /// The media type that it was stored or served under.
  public let mediaType: MediaType
  /// The image's configuration.
  public let config: Descriptor
  /// The layers, from the base up.
  public let layers: [Descriptor]
  /// Annotations.
  public let annotations: [String: String]
  /// The manifest that this one is about.
  public let subject: Descriptor?
  /// What kind of artifact this is, where it is no image.
  public let artifactType: MediaType?
  private let document: JSON.Object

  /// The manifest that `raw` is.
  ///
  /// - Parameter mediaType: what its descriptor or the registry calls it.
  /// - Throws: `invalid` where it is something else, or damaged.
  public init(raw: [UInt8], mediaType: MediaType) throws(Failure) {
    let fields = try Fields(document: raw, mediaType: mediaType, as: "manifest", where: \.isManifest)
    // A document that is both is read as one by one tool and as the other by the next (CVE-2021-41190).
    guard !fields.has("manifests") else { throw fields.wrong("manifests", "has no place in a manifest") }
    self.raw = raw
    self.mediaType = mediaType
    config = try fields.required("config", fields.descriptor("config"))
    layers = try fields.required("layers", fields.descriptors("layers"))
    annotations = try fields.stringMap("annotations") ?? [:]
    subject = try fields.descriptor("subject")
    artifactType = try fields.mediaType("artifactType")
    document = fields.object
  }

  /// A new manifest.
  public init(
    mediaType: MediaType = .imageManifest, config: Descriptor, layers: [Descriptor],
    annotations: [String: String] = [:], artifactType: MediaType? = nil
  ) {
    precondition(mediaType.isManifest)
    var document: JSON.Object = ["schemaVersion": .number("2"), "mediaType": .string(mediaType.rawValue)]
    document["artifactType"] = artifactType.map { .string($0.rawValue) }
    document["config"] = config.json
    document["layers"] = .array(layers.map(\.json))
    if !annotations.isEmpty { document["annotations"] = .object(JSON.Object(annotations)) }
    self.raw = JSON.object(document).encoded()
    self.mediaType = mediaType
    self.config = config
    self.layers = layers
    self.annotations = annotations
    subject = nil
    self.artifactType = artifactType
    self.document = document
  }
}

extension Manifest {
  /// The same manifest with another type, configuration or layers, all other fields kept; its bytes are new.
  public func replacing(mediaType: MediaType, config: Descriptor, layers: [Descriptor]) throws(Failure)
    -> Manifest
  {
    var document = document
    document["mediaType"] = .string(mediaType.rawValue)
    document["config"] = config.json
    document["layers"] = .array(layers.map(\.json))
    return try Manifest(raw: JSON.object(document).encoded(), mediaType: mediaType)
  }
}

extension Fields {
  /// The members of a manifest or index, what both have in common checked.
  init(
    document raw: [UInt8], mediaType: MediaType, as kind: String, where isRight: (MediaType) -> Bool
  ) throws(Failure) {
    if mediaType.isSchema1 { throw Self.schema1 }
    guard isRight(mediaType) else {
      throw Failure(.invalid, "", "\(mediaType) is not the type of an image \(kind)")
    }
    try self.init(JSON(parsing: raw))
    let version = try required("schemaVersion", integer("schemaVersion"))
    if version == 1 || has("fsLayers") { throw Self.schema1 }
    guard version == 2 else { throw wrong("schemaVersion", "is \(version), not 2") }
    if let claimed = try string("mediaType"), claimed != mediaType.rawValue {
      throw wrong("mediaType", "is \(claimed), but it was given as \(mediaType)")
    }
  }

  private static var schema1: Failure {
    Failure(
      .invalid, "",
      "an image in Docker's manifest schema 1 of 2015, which is no longer supported (push it anew to convert it)"
    )
  }

  func descriptor(_ key: String) throws(Failure) -> Descriptor? {
    guard let fields = try object(key) else { return nil }
    return try Descriptor(fields)
  }

  /// The descriptors of an array; some tools write null for none.
  func descriptors(_ key: String) throws(Failure) -> [Descriptor]? {
    if object[key] == .null { return [] }
    return try objects(key) { (fields) throws(Failure) in try Descriptor(fields) }
  }
}
