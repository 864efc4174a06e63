import CommandLine
import Image
import System

/// An entry of a layout's index, and what is to be said of its image.
struct ListedImage {
  /// The entry.
  let entry: Descriptor
  /// What its documents say.
  let content: Content

  /// What an image consists of; the same for all its names.
  struct Content {
    /// The digest of its configuration, or of the index where it is one for several platforms.
    let id: Digest
    /// The bytes of its blobs that are there.
    let size: UInt64
    /// When it was built; nil where it doesn't say.
    let created: Timestamp?
    /// Its labels.
    let labels: [String: String]
    /// One for each platform that is there.
    let variants: [Variant]
  }

  /// The image for one platform.
  struct Variant {
    /// The digest of its manifest.
    let digest: Digest
    /// The digest of its configuration.
    let id: Digest
    /// What it runs on; nil where it is no image that runs.
    let platform: Platform?
    /// Its layers, from the base up.
    let layers: [Descriptor]
  }

  /// The name, or what stands for one.
  var name: String { entry.shortName ?? "<none>" }

  /// The first column: Docker's, `<none>` where there is none.
  var repository: String { entry.reference?.familiarRepository ?? "<none>" }

  /// The second column; a name of another tool that is no reference is one of these.
  var tag: String {
    if let reference = entry.reference { return reference.tag ?? "<none>" }
    return entry.imageName ?? "<none>"
  }

  /// The ID for people.
  func id(whole: Bool) -> String { whole ? content.id.description : String(content.id.hex.prefix(12)) }

  /// `3 weeks ago`, as of `now`.
  func age(_ now: Timestamp) -> String {
    guard let created = content.created else { return "N/A" }
    return Human.age(seconds: now.seconds - created.seconds) + " ago"
  }
}

extension ListedImage {
  /// The fields of `--format`: Docker's.
  func fields(whole: Bool, _ now: Timestamp) -> JSON {
    [
      "Repository": .string(repository), "Tag": .string(tag), "ID": .string(id(whole: whole)),
      "Digest": .string(entry.digest.description), "CreatedSince": .string(age(now)),
      "CreatedAt": .string(content.created?.dockerDescription ?? "N/A"),
      "Size": .string(Human.size(content.size)),
    ]
  }

  /// The image as `--json` has it; `layout` is where it is.
  func json(layout: String) -> JSON {
    var object: JSON.Object = [
      "layout": .string(layout), "name": entry.shortName.map(JSON.string) ?? .null,
      "fullName": entry.imageName.map(JSON.string) ?? .null,
      "id": .string(content.id.description), "digest": .string(entry.digest.description),
      "mediaType": .string(entry.mediaType.rawValue),
      "created": content.created.map { .string($0.rfc3339) } ?? .null,
      "size": .number(String(content.size)), "labels": .object(JSON.Object(content.labels)),
      "platforms": .array(content.variants.map(\.json)),
    ]
    if let index = entry.indexDigest { object["indexDigest"] = .string(index.description) }
    return .object(object)
  }
}

extension ListedImage.Variant {
  fileprivate var json: JSON {
    [
      "platform": platform.map { .string($0.description) } ?? .null, "digest": .string(digest.description),
      "id": .string(id.description), "layers": .array(layers.map { .string($0.digest.description) }),
    ]
  }
}
