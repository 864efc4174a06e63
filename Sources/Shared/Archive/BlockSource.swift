import System

/// Cuts the pieces of an input into blocks of the size asked for.
///
/// Compressors give other bytes for other pieces, and a pipe's pieces are accidents.
final class BlockSource {
  private let input: () throws(Failure) -> UnsafeRawBufferPointer?
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  private(set) var ended = false

  init(_ input: @escaping () throws(Failure) -> UnsafeRawBufferPointer?) { self.input = input }

  /// Fills `block`; less than whole only at the end.
  func fill(_ block: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var count = 0
    while count < block.count {
      if rest.isEmpty {
        guard !ended, let more = try input() else {
          ended = true
          break
        }
        rest = more
      }
      let length = min(rest.count, block.count - count)
      block.baseAddress?.advanced(by: count).copyMemory(from: rest.baseAddress!, byteCount: length)
      rest.drop(length)
      count += length
    }
    return count
  }
}
