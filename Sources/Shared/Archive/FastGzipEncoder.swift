import CISAL
import System

/// One gzip member by ISA-L's level 2, which gives the same bytes on every processor.
final class FastGzipEncoder: Encoder {
  private static let level: UInt32 = 2
  /// ISAL_DEF_LVL2_LARGE, a product that Swift does not see.
  private static let levelBufferSize = (4 << 10) + 2 * (32 << 10) + 4 * (64 << 10)
  /// Both sizes decide over the bytes: they can't be changed without changing every digest.
  private static let blockSize = 256 << 10
  private static let outputSize = 512 << 10

  private let source: BlockSource
  private let stream: UnsafeMutablePointer<isal_zstream>
  private let levelBuffer: UnsafeMutableRawBufferPointer
  private let block: UnsafeMutableRawBufferPointer
  private let output: UnsafeMutableRawBufferPointer
  private var finished = false

  init(_ source: BlockSource) {
    self.source = source
    stream = .allocate(capacity: 1)
    levelBuffer = .allocate(byteCount: Self.levelBufferSize, alignment: 64)
    block = .allocate(byteCount: Self.blockSize, alignment: 64)
    output = .allocate(byteCount: Self.outputSize, alignment: 64)
    stream.initialize(to: isal_zstream())
    isal_deflate_init(stream)
    stream.pointee.level = Self.level
    stream.pointee.level_buf = levelBuffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.level_buf_size = UInt32(levelBuffer.count)
    stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
  }

  deinit {
    stream.deallocate()
    levelBuffer.deallocate()
    block.deallocate()
    output.deallocate()
  }

  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    while !finished {
      if stream.pointee.avail_in == 0, stream.pointee.end_of_stream == 0 {
        stream.pointee.avail_in = UInt32(try source.fill(block))
        stream.pointee.next_in = block.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.end_of_stream = source.ended ? 1 : 0
      }
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.count)
      let status = isal_deflate(stream)
      guard status == COMP_OK else { throw Failure(.failed, "gzip", "isal_deflate: \(status)") }
      finished = stream.pointee.internal_state.state == ZSTATE_END
      let count = output.count - Int(stream.pointee.avail_out)
      if count > 0 { return UnsafeRawBufferPointer(rebasing: output[..<count]) }
    }
    return nil
  }
}
