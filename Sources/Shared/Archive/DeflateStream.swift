import CZlib
import Glibc
import System

/// zlib's state for raw deflate; one thread has it.
final class DeflateStream: @unchecked Sendable {
  let stream: UnsafeMutablePointer<z_stream>

  /// A stream of blocks of this level.
  ///
  /// - Throws: ENOMEM.
  init(level: Int) throws(Errno) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, CInt(level), Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      CInt(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw Errno(ENOMEM) }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }
}
