import Image
import Layout
import System
import Verification

/// A layout directory as the reading end of a copy.
public final class LayoutSource: ImageSource {
  /// The directory.
  public let layout: LayoutDirectory

  /// Reads from `layout`.
  public init(_ layout: LayoutDirectory) { self.layout = layout }

  /// Any number of files can be read at once.
  public var isParallel: Bool { true }

  /// The bytes of a blob's file.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    try layout.bytes(of: descriptor, from: offset)
  }
}
