import System

/// Which image of a layout or archive is meant: the part of an image operand behind the path (interface.md §2).
public enum ImageSelector: Hashable, Sendable {
  /// The one that is there.
  case only
  /// By name, or by the beginning of an ID where no name matches.
  case name(String)
  /// By the digest of its manifest, or of the index that it came from.
  case digest(Digest)
  /// By name, and the digest must agree.
  case nameAtDigest(String, Digest)

  /// The entries of `index` that go by the name in this selector: none where it selects in another way.
  public func named(in index: Index) -> [Descriptor] {
    switch self {
    case .only, .digest: []
    case .name(let name): Self.named(name, index.manifests)
    case .nameAtDigest(let name, let digest):
      Self.at(digest, Self.named(name, index.manifests) + Self.byDigest(name, digest, index.manifests))
    }
  }

  /// The entry of `index` that is meant.
  ///
  /// - Parameter imageID: the digest of the configuration of an entry's image, nil where it has none; only asked where
  ///   the name may be the beginning of an ID.
  /// - Throws: `notFound` where none fits, `usage` where several do (with their names); what `imageID` throws.
  public func resolve(
    in index: Index, imageID: (Descriptor) throws(Failure) -> Digest?
  ) throws(Failure) -> Descriptor {
    let entries = index.manifests.filter {
      ($0.mediaType.isManifest || $0.mediaType.isIndex) && !$0.isAttestation
    }
    switch self {
    case .only:
      return try Self.one(
        of: entries, none: "no image in it", several: "several images in it, name one", entries)
    case .name(let name):
      var found = Self.named(name, entries)
      if found.isEmpty { found = try Self.identified(name, entries, imageID) }
      return try Self.one(
        of: found, none: "no image \(name)", several: "\(name) fits several images", entries)
    case .digest(let digest):
      return try Self.one(
        of: Self.at(digest, entries), none: "no image @\(digest)", several: "\(digest) fits several images",
        entries)
    case .nameAtDigest(let name, let digest):
      let named = Self.named(name, entries) + Self.byDigest(name, digest, entries)
      let found = Self.at(digest, named)
      if found.isEmpty, let other = named.first {
        throw Failure(.notFound, "", "\(name.shown) is \(other.digest), not \(digest)")
      }
      return try Self.one(
        of: found, none: "no image \(name)", several: "\(name) fits several images", entries)
    }
  }

  /// The entries of that name: of that full name, or else called exactly that by another tool.
  private static func named(_ name: String, _ entries: [Descriptor]) -> [Descriptor] {
    let full = (try? Reference(parsing: name))?.fullName
    let found = full.map { full in entries.filter { $0.fullName == full } } ?? []
    return found.isEmpty ? entries.filter { $0.annotations[AnnotationKey.refName] == name } : found
  }

  /// The entries of that repository which have no tag since they were asked for by digest.
  private static func byDigest(_ name: String, _ digest: Digest, _ entries: [Descriptor]) -> [Descriptor] {
    guard let reference = try? Reference(parsing: "\(name)@\(digest)"), reference.tag == nil else {
      return []
    }
    return entries.filter { $0.fullName?.hasPrefix(reference.repository + "@") ?? false }
  }

  private static func at(_ digest: Digest, _ entries: [Descriptor]) -> [Descriptor] {
    let found = entries.filter { $0.digest == digest }
    return found.isEmpty ? entries.filter { $0.indexDigest == digest } : found
  }

  /// The entries whose manifest digest or image ID begins with `prefix`, if that can be the beginning of one.
  private static func identified(
    _ prefix: String, _ entries: [Descriptor], _ imageID: (Descriptor) throws(Failure) -> Digest?
  ) throws(Failure) -> [Descriptor] {
    guard prefix.utf8.count >= 7, prefix.utf8.allSatisfy({ ASCII.isHexadecimal($0) && !ASCII.isUpper($0) })
    else {
      return []
    }
    var found: [Descriptor] = []
    for entry in entries {
      if entry.digest.hex.hasPrefix(prefix) {
        found.append(entry)
      } else if let id = try imageID(entry), id.hex.hasPrefix(prefix) {
        found.append(entry)
      }
    }
    return found
  }

  /// The one image that `found` are entries of; an image may well have several names.
  private static func one(
    of found: [Descriptor], none: String, several: String, _ entries: [Descriptor]
  ) throws(Failure) -> Descriptor {
    guard let first = found.first else {
      throw Failure(
        .notFound, "", entries.isEmpty ? "no image in it" : "\(none.shown); it holds \(list(entries))")
    }
    guard found.allSatisfy({ $0.digest == first.digest }) else {
      throw Failure(.usage, "", "\(several.shown): \(list(found))")
    }
    return first
  }

  /// The names by which the entries can be told apart.
  private static func list(_ entries: [Descriptor]) -> String {
    var names: [String] = []
    for entry in entries {
      let name = operand(entry)
      if !names.contains(name) { names.append(name) }
      // More would be no help.
      if names.count > 20 { return names.dropLast().joined(separator: ", ") + " and others" }
    }
    return names.joined(separator: ", ")
  }

  private static func operand(_ entry: Descriptor) -> String {
    if let name = entry.fullName { return (try? Reference(parsing: name))?.familiarName ?? name.shown }
    return entry.imageName?.shown ?? "@\(entry.digest)"
  }
}
