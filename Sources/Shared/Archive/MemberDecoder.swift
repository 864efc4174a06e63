import System

/// One codec's decompression of a member: a gzip member, an .xz stream, a zstd frame, a bzip2 stream.
protocol MemberDecoder: AnyObject {
  /// How many zeros may follow the last member: any multiple of this number; 0 for none.
  static var zerosBehind: Int { get }

  /// Makes ready for a member's beginning.
  func start() throws(Failure)

  /// Decodes from the beginning of `input` to the beginning of `output` and cuts off from both what was used.
  ///
  /// Where neither becomes shorter, more input is needed.
  ///
  /// - Returns: Whether the member has ended, with all its checks.
  func decode(
    _ input: inout UnsafeRawBufferPointer, into output: inout UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Bool
}

extension UnsafeRawBufferPointer {
  /// Cuts off the first `count` bytes.
  mutating func drop(_ count: Int) { self = UnsafeRawBufferPointer(rebasing: self[count...]) }
}

extension UnsafeMutableRawBufferPointer {
  /// Cuts off the first `count` bytes.
  mutating func drop(_ count: Int) { self = UnsafeMutableRawBufferPointer(rebasing: self[count...]) }
}
