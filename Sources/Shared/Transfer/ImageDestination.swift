import Image
import System

/// The writing end of a copy: a layout, a stream, a Docker archive, a registry.
public protocol ImageDestination: AnyObject {
  /// Whether blobs are moved one after the other, in canonical order.
  var isSequential: Bool { get }

  /// What will be there in the end; a stream writes its `index.json` now.
  ///
  /// - Parameter absent: blobs that the images reach and that do not come.
  func begin(_ entries: [Descriptor], absent: [Digest]) throws(Failure)

  /// Whether the blob need not be moved.
  func has(_ descriptor: Descriptor) throws(Failure) -> Bool

  /// Takes a manifest or index, whose bytes are verified.
  func put(_ descriptor: Descriptor, document: [UInt8]) throws(Failure)

  /// Moves a blob here and tells the observer; may return before it is done where both ends are parallel.
  func put(_ descriptor: Descriptor, from source: any ImageSource) throws(Failure)

  /// Waits for what is under way, then makes the images visible under their names.
  func finish(_ images: [CopiedImage], absent: [Digest]) throws(Failure)

  /// The copy failed after it began: what was written so far must not pass for whole.
  func abandon()
}

/// One image of a copy: how it stands in `index.json`, and what it reaches.
public struct CopiedImage: Sendable {
  /// The descriptor in `index.json`: name annotations, platform.
  public var entry: Descriptor
  /// What the entry reaches.
  public let graph: ImageGraph

  /// An image as it will stand in `index.json`.
  public init(entry: Descriptor, graph: ImageGraph) {
    self.entry = entry
    self.graph = graph
  }
}
