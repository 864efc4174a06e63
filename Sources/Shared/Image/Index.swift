import System

/// An index: manifests of several platforms, or the images of a layout (image-spec, image-index.md; Docker's list).
public struct Index: Sendable {
  /// The bytes; those that came, until the index is edited.
  public private(set) var raw: [UInt8]
  /// The media type that it was stored or served under.
  public let mediaType: MediaType
  /// The entries, in order.
  public private(set) var manifests: [Descriptor]
  /// Annotations of the index as a whole.
  public private(set) var annotations: [String: String]
  /// The manifest that this index is about.
  public let subject: Descriptor?
  /// What kind of artifact this is, where it is no image.
  public let artifactType: MediaType?
  private var document: JSON.Object

  /// The index that `raw` is.
  ///
  /// - Parameter mediaType: what its descriptor or the registry calls it; a layout's `index.json` is an `.imageIndex`.
  /// - Throws: `invalid` where it is something else, or damaged.
  public init(raw: [UInt8], mediaType: MediaType = .imageIndex) throws(Failure) {
    let fields = try Fields(document: raw, mediaType: mediaType, as: "index", where: \.isIndex)
    // A document that is both is read as one by one tool and as the other by the next (CVE-2021-41190).
    for key in ["config", "layers"] where fields.has(key) {
      throw fields.wrong(key, "has no place in an index")
    }
    self.raw = raw
    self.mediaType = mediaType
    // Go writes an empty list as null: so does umoci in a new layout.
    let isNull = fields.object["manifests"] == .null
    manifests = isNull ? [] : try fields.required("manifests", fields.descriptors("manifests"))
    annotations = try fields.stringMap("annotations") ?? [:]
    subject = try fields.descriptor("subject")
    artifactType = try fields.mediaType("artifactType")
    document = fields.object
  }

  /// A new index of `entries`.
  public init(_ entries: [Descriptor], annotations: [String: String] = [:]) {
    var document: JSON.Object = [
      "schemaVersion": .number("2"), "mediaType": .string(MediaType.imageIndex.rawValue),
      "manifests": .array(entries.map(\.json)),
    ]
    if !annotations.isEmpty { document["annotations"] = .object(JSON.Object(annotations)) }
    raw = JSON.object(document).encoded()
    mediaType = .imageIndex
    manifests = entries
    self.annotations = annotations
    subject = nil
    artifactType = nil
    self.document = document
  }

  /// The same index with another type and other entries, all other fields kept; its bytes are new.
  public func replacing(mediaType: MediaType, manifests: [Descriptor]) throws(Failure) -> Index {
    var document = document
    if document["mediaType"] != nil || mediaType != self.mediaType {
      document["mediaType"] = .string(mediaType.rawValue)
    }
    document["manifests"] = .array(manifests.map(\.json))
    return try Index(raw: JSON.object(document).encoded(), mediaType: mediaType)
  }

  /// An index without entries: that of a new layout.
  public static let empty = Index([])
}

extension Index {
  /// Takes up `entries`, each under its name.
  ///
  /// A name moves: the entry that had it before stays without a name, unless its image is still there under another
  /// one. An entry that is there already without a name gets it. What is not touched keeps its fields and its place.
  ///
  /// - Returns: the names that were another image's until now.
  @discardableResult
  public mutating func add(_ entries: [Descriptor]) -> [MovedName] {
    let moved = namesMoved(by: entries)
    var editing = Entries(manifests, document["manifests"]?.array ?? [])
    for entry in entries { editing.add(entry) }
    guard editing.isChanged else { return [] }
    manifests = editing.entries.map(\.descriptor)
    document["manifests"] = .array(editing.entries.map(\.json))
    encode()
    return moved
  }

  /// Removes the entries that `isUnwanted` picks; all else stays as it stands.
  public mutating func remove(where isUnwanted: (Descriptor) -> Bool) {
    let kept = zip(manifests, document["manifests"]?.array ?? []).filter { !isUnwanted($0.0) }
    guard kept.count < manifests.count else { return }
    manifests = kept.map(\.0)
    document["manifests"] = .array(kept.map(\.1))
    encode()
  }

  /// Sets or, by nil, removes an annotation of the index as a whole.
  public mutating func annotate(_ key: String, _ value: String?) {
    guard annotations[key] != value else { return }
    annotations[key] = value
    var object = document["annotations"]?.object ?? JSON.Object()
    object[key] = value.map(JSON.string)
    document["annotations"] = object.members.isEmpty ? nil : .object(object)
    encode()
  }

  private mutating func encode() { raw = JSON.object(document).encoded() }
}
