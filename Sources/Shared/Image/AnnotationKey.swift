/// The annotations that decide something here.
public enum AnnotationKey {
  /// An image's full name, `docker.io/library/busybox:latest`.
  public static let containerdName = "io.containerd.image.name"
  /// An image's name in a layout, in the words of the tool that wrote it.
  public static let refName = "org.opencontainers.image.ref.name"
  /// The digest of the index that a manifest was taken from.
  public static let indexDigest = "org.ociutils.index.digest"
  /// On `index.json`: the digests of the blobs that were left out, separated by spaces.
  public static let absent = "org.ociutils.absent"
  /// What a manifest beside an image is to it, `attestation-manifest` say.
  public static let dockerReferenceType = "vnd.docker.reference.type"
  /// The digest of the manifest that such a one is beside.
  public static let dockerReferenceDigest = "vnd.docker.reference.digest"
}
