import Image
import System
import Verification

/// The writing end of a copy: a layout, a stream, a Docker archive, a registry.
public protocol ImageDestination: AnyObject {
  /// What is about to come; a stream writes its `index.json` now.
  func begin(_ entries: [Descriptor]) throws(Failure)

  /// Whether the blob need not be moved.
  func has(_ descriptor: Descriptor) throws(Failure) -> Bool

  /// Moves a blob or document here; may return before it is done where the source is parallel.
  func put(_ descriptor: Descriptor, from source: any ImageSource) throws(Failure)

  /// Waits for what is under way, then makes `entries` visible under their names.
  func finish(_ entries: [Descriptor]) throws(Failure)
}
