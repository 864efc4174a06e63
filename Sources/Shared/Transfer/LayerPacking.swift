import Archive
import Image
import System

/// How layers are to be stored: plain, or compressed by some method.
public enum LayerPacking: Sendable, Equatable {
  case plain
  case compressed(CompressionMethod)

  /// What a user names: `none`, `gzip[:LEVEL]` or `zstd[:LEVEL]`.
  ///
  /// - Throws: `usage`.
  public init(parsing text: String) throws(Failure) {
    self = text == "none" ? .plain : .compressed(try CompressionMethod(parsing: text))
  }

  /// The same as `init(parsing:)` reads it, the default level said.
  public var name: String {
    switch self {
    case .plain: "none"
    case .compressed(.gzip): "gzip"
    case .compressed(.gzipLevel(let level)): "gzip:\(level)"
    case .compressed(.zstd(let level)): "zstd:\(level)"
    }
  }

  /// The compression that the media type of such a layer tells.
  public var compression: LayerCompression {
    switch self {
    case .plain: .none
    case .compressed(.zstd): .zstd
    case .compressed: .gzip
    }
  }

  /// Gives the bytes of `input` in this packing, piece by piece until nil.
  public func packer(
    _ input: @escaping () throws(Failure) -> UnsafeRawBufferPointer?
  ) throws(Failure) -> () throws(Failure) -> UnsafeRawBufferPointer? {
    guard case .compressed(let method) = self else { return input }
    let compressor = try Compressor(method, input: input)
    return { () throws(Failure) in try compressor.next() }
  }
}

extension LayerCompression {
  /// The compression of the bytes.
  var compression: Compression {
    switch self {
    case .none: .none
    case .gzip: .gzip
    case .zstd: .zstd
    }
  }
}
