extension Descriptor {
  /// The name of the image, where this is an entry of a layout's `index.json`.
  ///
  /// The full name where there is one, else what another tool called it (interface.md §2).
  public var imageName: String? {
    annotations[AnnotationKey.containerdName] ?? annotations[AnnotationKey.refName]
  }

  /// The name as people write it: `busybox:latest`; what another tool called it stays as it stood.
  public var shortName: String? { reference?.familiarName ?? imageName }

  /// The name as a reference; nil where there is none, or only a bare tag (`latest`) that another tool gave.
  public var reference: Reference? {
    if let name = annotations[AnnotationKey.containerdName] { return try? Reference(parsing: name) }
    guard let name = annotations[AnnotationKey.refName], name.contains(":") else { return nil }
    return try? Reference(parsing: name)
  }

  /// The same entry under the name of `reference`: the full one and, where its grammar allows, the short one.
  public func named(_ reference: Reference) -> Descriptor {
    var entry = unnamed()
    entry.annotations[AnnotationKey.containerdName] = reference.fullName
    if Self.isRefName(reference.familiarName) {
      entry.annotations[AnnotationKey.refName] = reference.familiarName
    }
    return entry
  }

  /// The same entry without a name.
  public func unnamed() -> Descriptor {
    var entry = self
    entry.annotations[AnnotationKey.containerdName] = nil
    entry.annotations[AnnotationKey.refName] = nil
    return entry
  }

  /// The digest of the index that this manifest was taken from.
  public var indexDigest: Digest? { annotations[AnnotationKey.indexDigest].flatMap { Digest($0) } }

  /// What BuildKit stores beside an image to say how it was built; never an image itself.
  public var isAttestation: Bool {
    annotations[AnnotationKey.dockerReferenceType] != nil
      || platform.map { $0.os == "unknown" && $0.architecture == "unknown" } ?? false
  }

  /// Whether `name` is in the grammar of `org.opencontainers.image.ref.name` (annotations.md).
  static func isRefName(_ name: String) -> Bool {
    name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy { isRefComponent(Array($0)) }
  }

  private static func isRefComponent(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, let last = bytes.last, ASCII.isAlphanumeric(first),
      ASCII.isAlphanumeric(last)
    else { return false }
    // Between alphanumerics stands one of -._:@+ or two dashes.
    return bytes.split(whereSeparator: ASCII.isAlphanumeric).allSatisfy { separator in
      separator.elementsEqual("--".utf8)
        || separator.count == 1 && separator.allSatisfy { "-._:@+".utf8.contains($0) }
    }
  }
}
