import Image
import System
import Verification

/// Knows the digests of files' contents, or finds them out.
protocol ContentDigests: Sendable {
  /// The digest of the file of that status, if it is known without reading it.
  func known(_ status: FileStatus) -> Digest?

  /// The digest of a regular file of that status, from its beginning to its end; called from several threads.
  ///
  /// - Throws: `failed` where the file has another status by the end.
  func digest(of file: FileDescriptor, _ status: FileStatus) throws(Failure) -> Digest
}
