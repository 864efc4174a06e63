import CBzip2
import System

/// Streams of bzip2(1), by libbz2, which verifies their checksums.
final class Bzip2Decoder: MemberDecoder {
  static let zerosBehind = 0

  private let name: String
  private let stream: UnsafeMutablePointer<bz_stream>

  init(_ name: String) {
    self.name = name
    stream = .allocate(capacity: 1)
    stream.initialize(to: bz_stream())
  }

  deinit {
    // Fails where nothing has begun, which is as well.
    BZ2_bzDecompressEnd(stream)
    stream.deallocate()
  }

  func start() throws(Failure) {
    BZ2_bzDecompressEnd(stream)
    guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { throw Failure(.failed, name, "out of memory") }
  }

  func decode(
    _ input: inout UnsafeRawBufferPointer, into output: inout UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Bool {
    // libbz2 does not write to its input.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
    stream.pointee.avail_in = UInt32(clamping: input.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
    stream.pointee.avail_out = UInt32(clamping: output.count)
    let status = BZ2_bzDecompress(stream)
    input.drop(min(input.count, Int(UInt32.max)) - Int(stream.pointee.avail_in))
    output.drop(min(output.count, Int(UInt32.max)) - Int(stream.pointee.avail_out))
    switch status {
    case BZ_OK: return false
    case BZ_STREAM_END: return true
    case BZ_DATA_ERROR_MAGIC: throw Failure(.invalid, name, "not a bzip2 stream where one should begin")
    case BZ_MEM_ERROR: throw Failure(.failed, name, "out of memory")
    default: throw Failure(.invalid, name, "corrupt bzip2 data", cause: "BZ2_bzDecompress: \(status)")
    }
  }
}
