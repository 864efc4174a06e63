import Image
import System
import Transfer

/// An image that a stage begins with, or that files are copied from.
public struct BaseImage: Sendable {
  /// Its manifest.
  public let entry: Descriptor
  /// Where it is read.
  public let source: any ImageSource
  /// What the user calls it.
  public let name: String

  /// The image of `entry`, a manifest, in `source`.
  public init(_ entry: Descriptor, in source: any ImageSource, name: String) {
    self.entry = entry
    self.source = source
    self.name = name
  }
}

/// Where images are found; asked by several threads at once.
public protocol BaseImages: Sendable {
  /// The image that `name` means, as FROM or `--from` says it.
  ///
  /// - Throws: `notFound`, and all that can go wrong with a registry.
  func find(_ name: String, _ platform: Platform) throws(Failure) -> BaseImage
}
