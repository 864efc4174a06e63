import CLZMA
import System

/// Streams of the .xz format, by liblzma, which verifies their checks.
final class XzDecoder: MemberDecoder {
  /// Stream padding.
  static let zerosBehind = 4
  /// Enough for the 32 MiB dictionary of `xz -8`.
  private static let memoryLimit: UInt64 = 34 << 20
  /// LZMA_TELL_UNSUPPORTED_CHECK, a cast that Swift does not see.
  private static let tellUnsupportedCheck: UInt32 = 0x02

  private let name: String
  private let stream: UnsafeMutablePointer<lzma_stream>

  init(_ name: String) {
    self.name = name
    stream = .allocate(capacity: 1)
    stream.initialize(to: lzma_stream())
  }

  deinit {
    lzma_end(stream)
    stream.deallocate()
  }

  func start() throws(Failure) {
    let status = lzma_stream_decoder(stream, Self.memoryLimit, Self.tellUnsupportedCheck)
    guard status == LZMA_OK else { throw failure(status) }
  }

  func decode(
    _ input: inout UnsafeRawBufferPointer, into output: inout UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Bool {
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = input.count
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = output.count
    let status = lzma_code(stream, LZMA_RUN)
    input.drop(input.count - stream.pointee.avail_in)
    output.drop(output.count - stream.pointee.avail_out)
    switch status {
    // Without progress liblzma calls it an error, the second time.
    case LZMA_OK, LZMA_BUF_ERROR: return false
    case LZMA_STREAM_END: return true
    default: throw failure(status)
    }
  }

  private func failure(_ status: lzma_ret) -> Failure {
    switch status {
    case LZMA_MEM_ERROR: Failure(.failed, name, "out of memory")
    case LZMA_MEMLIMIT_ERROR:
      Failure(.invalid, name, "its xz dictionary is above 32 MiB; give it through `xz -dc`")
    case LZMA_FORMAT_ERROR: Failure(.invalid, name, "not an .xz stream where one should begin")
    case LZMA_UNSUPPORTED_CHECK: Failure(.invalid, name, "its .xz check can't be verified")
    default: Failure(.invalid, name, "corrupt .xz data", cause: "lzma_code: \(status.rawValue)")
    }
  }
}
