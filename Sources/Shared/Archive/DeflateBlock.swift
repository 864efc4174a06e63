import CZlib
import System

/// A block of input that is deflated on its own, with the input before it as dictionary.
///
/// One thread has it at a time: `BlockGzipEncoder` hands it on under a lock.
final class DeflateBlock: @unchecked Sendable {
  static let size = 128 << 10
  static let dictionarySize = 32 << 10

  /// The dictionary's room, then the block's.
  private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: dictionarySize + size, alignment: 64)
  /// deflate's worst case and a flush.
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: size + size / 8, alignment: 64)
  private var dictionaryCount = 0
  private var outputCount = 0

  /// The block's place in the input.
  var number = 0
  /// The bytes of input in it.
  private(set) var count = 0
  /// Their CRC-32.
  private(set) var checksum: CUnsignedLong = 0

  deinit {
    memory.deallocate()
    output.deallocate()
  }

  /// Takes the next block of `source`, whose dictionary is `tail`; leaves there the dictionary of the one after it.
  func fill(from source: BlockSource, tail: UnsafeMutableRawBufferPointer, isFirst: Bool) throws(Failure) {
    dictionaryCount = isFirst ? 0 : Self.dictionarySize
    memory.copyMemory(from: UnsafeRawBufferPointer(tail))
    count = try source.fill(UnsafeMutableRawBufferPointer(rebasing: memory[Self.dictionarySize...]))
    // Only behind a whole block another one follows.
    tail.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[Self.size...]))
  }

  /// Deflates it up to a byte's boundary.
  func deflate(with deflater: DeflateStream) {
    let stream = deflater.stream
    let bytes = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
    let input = bytes + Self.dictionarySize
    checksum = crc32(0, input, UInt32(count))
    deflateReset(stream)
    if dictionaryCount > 0 { deflateSetDictionary(stream, bytes, UInt32(dictionaryCount)) }
    stream.pointee.next_in = input
    stream.pointee.avail_in = UInt32(count)
    stream.pointee.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(output.count)
    let status = CZlib.deflate(stream, Z_SYNC_FLUSH)
    precondition(status == Z_OK && stream.pointee.avail_out > 0, "deflate's bound does not hold")
    outputCount = output.count - Int(stream.pointee.avail_out)
  }

  /// What came of it.
  var deflated: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: output[..<outputCount]) }
}
