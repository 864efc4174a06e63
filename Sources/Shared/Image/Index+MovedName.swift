extension Index {
  /// A name that has gone from one image to another.
  public struct MovedName: Sendable, CustomStringConvertible {
    /// The name, as people write it.
    public let name: String
    /// The digest of the entry that had it.
    public let old: Digest
    /// The digest of the entry that has it now.
    public let new: Digest

    /// `busybox:latest: was sha256:…, now sha256:…`.
    public var description: String { "\(name): was \(old), now \(new)" }
  }

  /// The names that are another image's until `entries` are added, one after the other.
  func namesMoved(by entries: [Descriptor]) -> [MovedName] {
    let names = Set(entries.compactMap(\.shortName))
    var holders: [String: [Digest]] = [:]
    for entry in manifests {
      if let name = entry.shortName, names.contains(name) { holders[name, default: []].append(entry.digest) }
    }
    return entries.compactMap { entry in
      guard let name = entry.shortName, let digests = holders.updateValue([entry.digest], forKey: name),
        !digests.contains(entry.digest)
      else { return nil }
      return MovedName(name: name, old: digests[0], new: entry.digest)
    }
  }
}
