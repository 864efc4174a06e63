import System

extension StandardStreams {
  /// The longest line that is read, bytes: no reference is nearly as long.
  private static let longestLine = 64 << 10

  /// Gives each line of standard input to `body` as it comes, without its end; blank lines are passed over.
  ///
  /// - Throws: `usage` where it is a terminal, `invalid` where there is no line, or one is too long or not UTF-8; what
  ///   `body` throws.
  public func forEachLine(_ body: (String) throws(Failure) -> Void) throws(Failure) {
    guard !input.isTerminal else {
      throw Failure(.usage, "", "no operand, and standard input is a terminal")
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
    defer { buffer.deallocate() }
    var line: [UInt8] = []
    var isEmpty = true
    while true {
      let count: Int
      do { count = try input.read(into: buffer) } catch { throw error.failure("standard input") }
      guard count > 0 else { break }
      for byte in buffer[..<count] {
        if byte == UInt8(ascii: "\n") {
          isEmpty = try !give(line, to: body) && isEmpty
          line = []
        } else {
          line.append(byte)
        }
      }
      guard line.count <= Self.longestLine else {
        throw Failure(.invalid, "standard input", "a line is longer than \(Self.longestLine) bytes")
      }
    }
    isEmpty = try !give(line, to: body) && isEmpty
    guard !isEmpty else {
      throw Failure(.invalid, "standard input", "nothing arrived (did the command before fail?)")
    }
  }

  /// Whether the line is not blank.
  private func give(
    _ bytes: [UInt8], to body: (String) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    guard let line = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.invalid, "standard input", "a line is not UTF-8")
    }
    let text = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !text.isEmpty else { return false }
    try body(text)
    return true
  }
}
