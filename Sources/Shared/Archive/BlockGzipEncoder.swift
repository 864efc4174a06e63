import CZlib
import System

/// One gzip member by zlib, in independent blocks on several threads; the same bytes for any number of them.
final class BlockGzipEncoder: Encoder {
  private struct Work {
    var waiting: [DeflateBlock] = []
    var done: [Int: DeflateBlock] = [:]
    var closed = false
  }

  private enum Stage {
    case header
    case blocks
    case end
  }

  private let source: BlockSource
  private let work = Monitor(Work())
  private var threads: [Thread] = []
  private var free: [DeflateBlock]
  private var current: DeflateBlock?
  private var filled = 0
  private var given = 0
  private var stage = Stage.header
  private var checksum: CUnsignedLong = 0
  private var length: UInt64 = 0
  /// The header or the trailer, while it is given out.
  private let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 16)
  private let tail = UnsafeMutableRawBufferPointer.allocate(
    byteCount: DeflateBlock.dictionarySize, alignment: 64)

  init(_ source: BlockSource, level: Int, threads count: Int) throws(Failure) {
    self.source = source
    tail.initializeMemory(as: UInt8.self, repeating: 0)
    // For each thread one in work and one waiting, and the one given out.
    free = (0..<2 * count + 1).map { _ in DeflateBlock() }
    let work = work
    do {
      for _ in 0..<count {
        let stream = try DeflateStream(level: level)
        threads.append(try Thread { Self.deflate(work, with: stream) })
      }
    } catch {
      close()
      throw error.failure("gzip")
    }
  }

  deinit {
    close()
    frame.deallocate()
    tail.deallocate()
  }

  private func close() {
    work.update { $0.closed = true }
    for thread in threads { thread.join() }
  }

  /// A thread's life.
  private static func deflate(_ work: Monitor<Work>, with stream: DeflateStream) {
    while let block = work.wait(for: take) {
      block.deflate(with: stream)
      work.update { $0.done[block.number] = block }
    }
  }

  /// The next block (inner nil: none will come); outer nil: wait.
  private static func take(_ work: inout Work) -> DeflateBlock?? {
    if work.closed { return .some(nil) }
    return work.waiting.isEmpty ? nil : .some(work.waiting.removeFirst())
  }

  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    switch stage {
    case .header:
      stage = .blocks
      return give(gzipHeader)
    case .blocks:
      if let block = try nextBlock() {
        checksum = crc32_combine(checksum, block.checksum, block.count)
        length += UInt64(block.count)
        return block.deflated
      }
      stage = .end
      let numbers = UInt64(checksum) | length << 32
      // An empty last block, then checksum and length, little end first.
      return give([0x03, 0x00] + (0..<8).map { UInt8(truncatingIfNeeded: numbers >> (8 * $0)) })
    case .end: return nil
    }
  }

  private func give(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    frame.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(rebasing: frame[..<bytes.count])
  }

  /// The next block in order, deflated; keeps the threads busy meanwhile.
  private func nextBlock() throws(Failure) -> DeflateBlock? {
    if let current { free.append(current) }
    current = nil
    while !source.ended, let block = free.popLast() {
      try block.fill(from: source, tail: tail, isFirst: filled == 0)
      guard block.count > 0 else { break }
      block.number = filled
      filled += 1
      work.update { $0.waiting.append(block) }
    }
    guard given < filled else { return nil }
    let number = given
    current = work.wait { $0.done.removeValue(forKey: number) }
    given += 1
    return current
  }
}
