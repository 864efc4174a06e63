extension Index {
  /// The blobs that images of this index reach and that are not there, by its own word (`org.ociutils.absent`).
  public var absentBlobs: [Digest] {
    (annotations[AnnotationKey.absent] ?? "").split(separator: " ").compactMap { Digest($0) }
  }

  /// Says which blobs are not there.
  public mutating func setAbsentBlobs(_ digests: [Digest]) {
    annotate(
      AnnotationKey.absent, digests.isEmpty ? nil : digests.map(\.description).joined(separator: " "))
  }
}
