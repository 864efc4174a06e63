import System

/// How something is to be compressed.
public enum CompressionMethod: Sendable, Equatable {
  /// gzip, as fast as a disk.
  case gzip
  /// gzip at a level of zlib, 1 to 9: smaller, and ten times slower.
  case gzipLevel(Int)
  /// zstd at a level from 1 to 19.
  case zstd(Int)

  /// The method that a user names: `gzip[:LEVEL]` or `zstd[:LEVEL]`; zstd's level is 3 by default.
  ///
  /// - Throws: `usage`.
  public init(parsing text: String) throws(Failure) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let level = parts.count == 1 ? nil : Int(parts[1])
    switch (parts[0], level) {
    case ("gzip", nil) where parts.count == 1: self = .gzip
    case ("gzip", .some(let level)) where 1...9 ~= level: self = .gzipLevel(level)
    case ("zstd", nil) where parts.count == 1: self = .zstd(3)
    case ("zstd", .some(let level)) where 1...19 ~= level: self = .zstd(level)
    default:
      throw Failure(.usage, text, "no compression; there are gzip, gzip:1 to gzip:9, zstd, zstd:1 to zstd:19")
    }
  }

  /// The format that comes of it.
  public var compression: Compression {
    switch self {
    case .gzip, .gzipLevel: .gzip
    case .zstd: .zstd
    }
  }
}
