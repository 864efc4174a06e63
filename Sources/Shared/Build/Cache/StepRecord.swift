import Image
import System

/// What a step of an earlier build gave.
struct StepRecord: Hashable, Sendable {
  /// A layer that it added.
  struct Layer: Hashable, Sendable {
    /// What is stored of it.
    var blob: Descriptor
    /// The digest of its plain tar.
    var diffID: DiffID
  }

  /// The instruction, for people who look into the cache.
  var instruction: String
  /// When it was executed, RFC 3339: what the history said.
  var created: String
  /// The layer; nil where it only changed the configuration.
  var layer: Layer?
  /// The image after the step: its manifest, in the cache's layout.
  var image: Descriptor
}

extension StepRecord {
  /// The largest record, bytes.
  static let sizeLimit = 1 << 20
  private static let version = "1"

  /// The record of `key`, as a document for people, too.
  func document(_ key: StepKey) -> [UInt8] {
    var object: JSON.Object = [
      "version": .number(Self.version), "key": .string(key.description), "instruction": .string(instruction),
      "created": .string(created), "image": image.json,
    ]
    if let layer {
      object["layer"] = layer.blob.json
      object["diffID"] = .string(layer.diffID.description)
    }
    return JSON.object(object).encodedPretty()
  }

  /// The record of `key` that a document is; nil where it is damaged, of another key or of another version.
  init?(_ bytes: [UInt8], of key: StepKey) {
    guard let json = try? JSON(parsing: bytes), json["version"] == .number(Self.version),
      json["key"]?.string == key.description, let instruction = json["instruction"]?.string,
      let created = json["created"]?.string,
      let image = json["image"].flatMap({ try? Descriptor(json: $0) }), image.mediaType.isManifest
    else { return nil }
    self.instruction = instruction
    self.created = created
    self.image = image
    switch (json["layer"], json["diffID"]?.string.flatMap { Digest($0) }) {
    case (nil, nil): layer = nil
    case (let blob?, let diffID?):
      guard let blob = try? Descriptor(json: blob), blob.mediaType.isLayer else { return nil }
      layer = Layer(blob: blob, diffID: DiffID(diffID))
    default: return nil
    }
  }
}
