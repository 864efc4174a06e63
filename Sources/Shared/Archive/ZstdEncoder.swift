import CZstd
import Glibc
import System

/// One zstd frame with a checksum, by libzstd on one thread.
final class ZstdEncoder: Encoder {
  private let source: BlockSource
  private let context: OpaquePointer
  private let block: UnsafeMutableRawBufferPointer
  private let output: UnsafeMutableRawBufferPointer
  private var waiting = ZSTD_inBuffer()
  private var finished = false

  /// - Throws: `failed` where there is no memory for it.
  init(_ source: BlockSource, level: Int) throws(Failure) {
    self.source = source
    guard let context = ZSTD_createCCtx() else { throw Failure(.failed, "zstd", "\(Errno(ENOMEM))") }
    self.context = context
    block = .allocate(byteCount: ZSTD_CStreamInSize(), alignment: 64)
    output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 64)
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, CInt(level))
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    if level > 9 {
      // 30 MiB in all where libzstd would take 90, for about 1 % more size.
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 22)
      ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 21)
      ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, 22)
    }
  }

  deinit {
    ZSTD_freeCCtx(context)
    block.deallocate()
    output.deallocate()
  }

  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    while !finished {
      if waiting.pos == waiting.size, !source.ended {
        waiting = ZSTD_inBuffer(src: block.baseAddress, size: try source.fill(block), pos: 0)
      }
      var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      let left = ZSTD_compressStream2(
        context, &target, &waiting, source.ended ? ZSTD_e_end : ZSTD_e_continue)
      guard ZSTD_isError(left) == 0 else {
        throw Failure(.failed, "zstd", String(cString: ZSTD_getErrorName(left)))
      }
      finished = source.ended && left == 0
      if target.pos > 0 { return UnsafeRawBufferPointer(rebasing: output[..<target.pos]) }
    }
    return nil
  }
}
