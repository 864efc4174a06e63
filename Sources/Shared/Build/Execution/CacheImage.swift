import Image
import Layout
import System
import Transfer

/// The steps of a build as one image, by which another machine's build finds them: its configuration has the records and
/// the documents of step images, its layers are theirs.
public enum CacheImage {
  /// The type of the configuration.
  public static let type = MediaType(rawValue: "application/vnd.ociutils.build-cache.v1+json")

  /// The image of these records, whose blobs are in `cache`.
  static func image(of records: [StepKey: StepRecord], in cache: BuildCache) throws(Failure) -> AssembledImage
  {
    var steps: [JSON] = []
    var blobs: [(blob: Descriptor, source: any ImageSource)] = []
    var seen: Set<Digest> = []
    for (key, record) in records.sorted(by: { $0.key.description < $1.key.description }) {
      let manifest = try cache.source.document(record.image)
      let config = try Manifest(raw: manifest, mediaType: record.image.mediaType).config
      guard let json = try? JSON(parsing: record.document(key)) else { continue }
      steps.append([
        "key": .string(key.description), "record": json,
        "manifest": .string(String(decoding: manifest, as: UTF8.self)),
        "config": .string(String(decoding: try cache.source.document(config), as: UTF8.self)),
      ])
      if let blob = record.layer?.blob, seen.insert(blob.digest).inserted {
        blobs.append((blob, cache.source))
      }
    }
    return AssembledImage(config: JSON.object(["steps": .array(steps)]).encoded(), type, blobs)
  }

  /// Brings the steps of the image of `entry` in `source` into `cache`; their layers are verified on the way.
  ///
  /// - Returns: how many steps came.
  /// - Throws: `invalid` where it is no such image.
  public static func add(_ entry: Descriptor, in source: any ImageSource, to cache: BuildCache)
    throws(Failure) -> Int
  {
    let manifest = try Manifest(raw: source.document(entry), mediaType: entry.mediaType)
    guard manifest.config.mediaType == type else {
      throw Failure(.invalid, "", "no steps of a build: its configuration is \(manifest.config.mediaType)")
    }
    let json = try JSON(parsing: source.document(manifest.config))
    let item = ImageCopy.Item(entry.unnamed(), from: source, called: "steps")
    try ImageCopy(to: LayoutDestination(cache.images, observer: nil, durably: false), absence: .refused).run([
      item
    ])
    var count = 0
    for step in json["steps"]?.array ?? [] {
      guard let key = step["key"]?.string.flatMap({ StepKey(hex: $0) }), let record = step["record"],
        let known = StepRecord(record.encoded(), of: key), let image = step["manifest"]?.string,
        let config = step["config"]?.string
      else { throw Failure(.invalid, "", "a step in it is damaged") }
      let manifest = try Manifest(raw: Array(image.utf8), mediaType: known.image.mediaType)
      try cache.images.store(Array(config.utf8), manifest.config)
      try cache.images.store(Array(image.utf8), known.image)
      try cache.write(known, key)
      count += 1
    }
    return count
  }
}

extension StepKey {
  /// The key of these hexadecimal digits; nil where they are something else.
  fileprivate init?(hex: String) {
    guard hex.utf8.count == 64,
      hex.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    description = hex
  }
}

extension BuildExecution {
  /// The steps of this build as an image, for `--cache-to`.
  public func cacheImage() throws(Failure) -> AssembledImage {
    try CacheImage.image(of: state.update { $0.records }, in: places.cache)
  }
}
