import Image
import System
import Verification

/// What is known of a regular file without opening it.
struct KnownFile: Sendable {
  /// The digest of its content.
  let digest: Digest
  /// Whether it has no extended attributes that would be copied out of a build context.
  let isPlain: Bool
}

/// Knows the digests of files' contents, or finds them out.
protocol ContentDigests: Sendable {
  /// What is known of the file of that status without reading it.
  func known(_ status: FileStatus) -> KnownFile?

  /// The digest of a regular file of that status, from its beginning to its end; called from several threads.
  ///
  /// - Throws: `failed` where the file has another status by the end.
  func digest(of file: FileDescriptor, _ status: FileStatus) throws(Failure) -> Digest
}
