/// Buffers used in turn, so that what was read stays where it is while the next pieces are read.
final class PieceRing {
  /// The size of one piece, bytes: a multiple of a tar's block, small enough for the second-level cache.
  static let pieceSize = 256 << 10

  /// How many further pieces may be taken while one stays.
  let retained: Int
  private let memory: UnsafeMutableRawBufferPointer
  private var turn = 0

  /// A ring where a piece stays while `retained` further ones are taken.
  init(retaining retained: Int) {
    self.retained = retained
    memory = .allocate(byteCount: Self.pieceSize * (retained + 1), alignment: 4096)
  }

  deinit { memory.deallocate() }

  /// The piece that was not used for longest.
  func next() -> UnsafeMutableRawBufferPointer {
    defer { turn = (turn + 1) % (retained + 1) }
    return UnsafeMutableRawBufferPointer(
      rebasing: memory[turn * Self.pieceSize..<(turn + 1) * Self.pieceSize])
  }
}
