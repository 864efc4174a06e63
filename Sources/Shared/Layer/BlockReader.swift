import System

/// Blocks and bodies out of pieces of any size.
final class BlockReader {
  private let name: String
  private let input: () throws(Failure) -> UnsafeRawBufferPointer?
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Reads what `input` gives, a piece at a time until nil; a piece need only stay until the next one is asked for.
  init(_ name: String, _ input: @escaping () throws(Failure) -> UnsafeRawBufferPointer?) {
    self.name = name
    self.input = input
  }

  /// The next block; nil at the end.
  ///
  /// - Throws: `invalid` where less than a block is left.
  func block() throws(Failure) -> TarBlock? {
    guard try hasMore() else { return nil }
    return TarBlock(try bytes(TarBlock.size))
  }

  /// The next `count` bytes.
  func bytes(_ count: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      guard try hasMore() else { throw cutOff }
      bytes.append(contentsOf: take(UInt64(count - bytes.count)))
    }
    return bytes
  }

  /// Goes over the next `count` bytes and, where that is within a block, on to its end.
  func skip(_ count: UInt64) throws(Failure) {
    let block = UInt64(TarBlock.size)
    let (padded, overflow) = count.addingReportingOverflow((block - count % block) % block)
    var left = overflow ? count : padded
    while left > 0 {
      guard try hasMore() else { throw cutOff }
      left -= UInt64(take(left).count)
    }
  }

  /// Reads on to the end, whatever is there: so that the end is verified.
  func drain() throws(Failure) {
    while try hasMore() { _ = take(.max) }
  }

  private func hasMore() throws(Failure) -> Bool {
    while rest.isEmpty {
      guard let piece = try input() else { return false }
      rest = piece
    }
    return true
  }

  private func take(_ most: UInt64) -> UnsafeRawBufferPointer {
    let count = Int(min(most, UInt64(rest.count)))
    let taken = UnsafeRawBufferPointer(rebasing: rest[..<count])
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    return taken
  }

  private var cutOff: Failure { Failure(.invalid, name, "its tar is cut off") }
}
