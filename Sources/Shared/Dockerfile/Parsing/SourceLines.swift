import System

/// The lines of a file, one after the other.
struct SourceLines {
  /// The longest line that BuildKit reads.
  static let lengthLimit = 65_535

  private let bytes: [UInt8]
  private var position = 0
  /// The number of the line that was read last; 0 before the first.
  private(set) var number = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next line, with its line end; nil after the last.
  mutating func next() throws(Failure) -> ArraySlice<UInt8>? {
    guard position < bytes.count else { return nil }
    number += 1
    let feed = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
    guard (feed ?? bytes.count) - position <= Self.lengthLimit else {
      throw Failure(.failed, "", "the line is longer than \(Self.lengthLimit) bytes")
    }
    let end = feed.map { $0 + 1 } ?? bytes.count
    defer { position = end }
    return bytes[position..<end]
  }

  /// All lines, without their line ends.
  static func all(_ bytes: [UInt8]) -> [String] {
    let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var lines = bytes[mark...].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map(\.withoutLineEnd.text)
  }
}
