import Archive
import System
import Verification

/// The body of the member at which an archive's reader stands, as it passes.
final class MemberReader: ByteReader {
  let retainedCalls = ArchiveReader.retainedCalls
  private let reader: ArchiveReader
  private let name: String
  private var skips: UInt64
  private var left: UInt64

  /// Reads the body of `entry` from `offset` on.
  init(_ entry: ArchiveEntry, of reader: ArchiveReader, name: String, from offset: UInt64 = 0) {
    self.reader = reader
    self.name = name
    skips = offset
    left = entry.size
  }

  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    while let bytes = try reader.nextBytes() {
      left -= min(left, UInt64(bytes.count))
      let skipped = Int(min(skips, UInt64(bytes.count)))
      skips -= UInt64(skipped)
      if skipped < bytes.count { return UnsafeRawBufferPointer(rebasing: bytes[skipped...]) }
    }
    return nil
  }

  func expectEnd() throws(Failure) {
    guard left == 0 else { throw Failure(.invalid, name, "\(left) bytes too many in a blob") }
  }
}
