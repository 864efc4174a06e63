import CZstd
import Glibc
import System

/// Frames of RFC 8878, by libzstd, which verifies their checksums where they have one.
final class ZstdDecoder: MemberDecoder {
  static let zerosBehind = 0
  /// The base-2 logarithm of the largest window: what RFC 8878 recommends to support and `zstd -19` uses.
  private static let windowLimit: CInt = 23

  private let name: String
  /// Made with the first frame.
  private var context: OpaquePointer?

  init(_ name: String) { self.name = name }

  deinit { ZSTD_freeDCtx(context) }

  func start() throws(Failure) {
    if let context {
      ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
      return
    }
    guard let made = ZSTD_createDCtx() else { throw Failure(.failed, name, "\(Errno(ENOMEM))") }
    ZSTD_DCtx_setParameter(made, ZSTD_d_windowLogMax, Self.windowLimit)
    context = made
  }

  func decode(
    _ input: inout UnsafeRawBufferPointer, into output: inout UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Bool {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let status = ZSTD_decompressStream(context, &target, &source)
    input.drop(source.pos)
    output.drop(target.pos)
    if ZSTD_isError(status) == 0 { return status == 0 }
    switch ZSTD_getErrorCode(status) {
    case ZSTD_error_frameParameter_windowTooLarge:
      throw Failure(
        .invalid, name, "its zstd window is above 8 MiB; give it through `zstd -d --long=31`")
    case ZSTD_error_prefix_unknown:
      throw Failure(.invalid, name, "not a zstd frame where one should begin")
    default:
      throw Failure(
        .invalid, name, "corrupt zstd data", cause: String(cString: ZSTD_getErrorName(status)))
    }
  }
}
