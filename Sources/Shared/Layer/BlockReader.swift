import System

/// Blocks and bodies out of pieces of any size.
final class BlockReader {
  private let name: String
  private let input: () throws(Failure) -> UnsafeRawBufferPointer?
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  /// A block that lies in two pieces.
  private let joined = UnsafeMutableRawBufferPointer.allocate(byteCount: TarBlock.size, alignment: 8)

  /// Reads what `input` gives, a piece at a time until nil; a piece need only stay until the next one is asked for.
  init(_ name: String, _ input: @escaping () throws(Failure) -> UnsafeRawBufferPointer?) {
    self.name = name
    self.input = input
  }

  deinit { joined.deallocate() }

  /// The next block, valid until anything else is read; nil at the end.
  ///
  /// - Throws: `invalid` where less than a block is left.
  func block() throws(Failure) -> TarBlock? {
    guard try hasMore() else { return nil }
    if rest.count >= TarBlock.size { return TarBlock(take(UInt64(TarBlock.size))) }
    var count = 0
    while count < TarBlock.size {
      guard try hasMore() else { throw cutOff }
      let part = take(UInt64(TarBlock.size - count))
      UnsafeMutableRawBufferPointer(rebasing: joined[count...]).copyMemory(from: part)
      count += part.count
    }
    return TarBlock(UnsafeRawBufferPointer(joined))
  }

  /// The next `count` bytes.
  func bytes(_ count: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes.append(contentsOf: try piece(UInt64(count - bytes.count))) }
    return bytes
  }

  /// The next bytes that lie together, at least one and `most` at most; valid until anything else is read.
  func piece(_ most: UInt64) throws(Failure) -> UnsafeRawBufferPointer {
    guard try hasMore() else { throw cutOff }
    return take(most)
  }

  /// Goes over the next `count` bytes.
  func skip(_ count: UInt64) throws(Failure) {
    var left = count
    while left > 0 { left -= UInt64(try piece(left).count) }
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
