/// What an archive, or a layer, is compressed with.
public enum Compression: String, Sendable, CaseIterable {
  /// Not at all.
  case none
  /// RFC 1952.
  case gzip
  /// RFC 8878.
  case zstd
  /// The .xz file format.
  case xz
  /// The format of bzip2(1).
  case bzip2

  /// How many bytes `detect` looks at.
  public static let detectionLength = 10

  /// The compression whose magic number `bytes`, the beginning of a stream, have.
  public static func detect(_ bytes: UnsafeRawBufferPointer) -> Compression {
    if bytes.starts(with: [0x1f, 0x8b]) { return .gzip }
    if bytes.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) { return .xz }
    if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) || startsSkippableFrame(bytes) { return .zstd }
    if startsBzip2(bytes) { return .bzip2 }
    return .none
  }

  /// RFC 8878, 3.1.2: as parallel compressors put first.
  private static func startsSkippableFrame(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 4 && bytes[0] & 0xf0 == 0x50 && bytes[1...3].elementsEqual([0x2a, 0x4d, 0x18])
  }

  /// "BZh", the level and the number of a block or of the end: a tar may begin with the name `BZhome`.
  private static func startsBzip2(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 10, bytes.starts(with: Array("BZh".utf8)), (0x31...0x39).contains(bytes[3]) else {
      return false
    }
    return bytes[4..<10].elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
      || bytes[4..<10].elementsEqual([0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
  }
}
