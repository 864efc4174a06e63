import Image
import System

/// What is known of an image of one platform: its documents, and what they say together.
public struct InspectedImage {
  /// How it stands in the index of its layout or stream.
  let entry: Descriptor
  /// All its names there.
  let names: [String]
  /// The descriptor of the manifest.
  let descriptor: Descriptor
  /// The manifest.
  let manifest: Manifest
  /// The configuration, byte for byte.
  public let configBytes: [UInt8]
  /// The configuration; nil where it is none of an image, but of some other artifact.
  let config: ImageConfig?
  /// The configuration as a document, with every field.
  let configDocument: JSON?
  /// The steps of its build, from the base up.
  let history: [Step]

  /// A step of the build and, where it left one, the number of its layer.
  struct Step {
    let history: ImageConfig.History?
    let layer: Int?
  }

  init(
    entry: Descriptor, names: [String], descriptor: Descriptor, manifest: Manifest, configBytes: [UInt8]
  ) throws(Failure) {
    self.entry = entry
    self.names = names
    self.descriptor = descriptor
    self.manifest = manifest
    self.configBytes = configBytes
    guard manifest.config.mediaType.isConfig else {
      config = nil
      configDocument = try? JSON(parsing: configBytes)
      history = Self.steps([], manifest)
      return
    }
    do {
      configDocument = try JSON(parsing: configBytes)
      let config = try ImageConfig(raw: configBytes)
      try config.check(layersOf: manifest)
      self.config = config
      history = Self.steps(config.history, manifest)
    } catch { throw error.about(manifest.config.digest.description) }
  }

  /// The steps; layers are those of the steps that left one, in order, as far as there are both.
  private static func steps(_ history: [ImageConfig.History], _ manifest: Manifest) -> [Step] {
    var next = 0
    var steps = history.map { step in
      guard !step.isEmptyLayer, next < manifest.layers.count else { return Step(history: step, layer: nil) }
      next += 1
      return Step(history: step, layer: next - 1)
    }
    for layer in next..<manifest.layers.count { steps.append(Step(history: nil, layer: layer)) }
    return steps
  }

  /// The digest by which Docker knows it.
  var id: Digest { manifest.config.digest }

  /// The index that the manifest was taken from, now or before.
  var indexDigest: Digest? { entry.mediaType.isIndex ? entry.digest : entry.indexDigest }

  /// The bytes of all its blobs as they are stored.
  var size: UInt64 {
    var seen: Set<Digest> = []
    let blobs = [descriptor, manifest.config] + manifest.layers
    return blobs.filter { seen.insert($0.digest).inserted }.reduce(0) { sum, blob in
      let (next, overflow) = sum.addingReportingOverflow(blob.size)
      return overflow ? .max : next
    }
  }

  /// What it is for.
  var platform: Platform? { config?.platform ?? descriptor.platform }

  /// Annotations of the manifest, without those of the index's entry, which are about its place there.
  var annotations: [String: String] { manifest.annotations }
}
