/// What a `WordReader` writes: one text, or words.
struct WordBuilder {
  private let splits: Bool
  /// What was written; where words are wanted, the one that is not finished.
  private(set) var text: [UInt8] = []
  private(set) var words: [[UInt8]] = []
  /// The bytes of all.
  private(set) var count = 0

  init(splits: Bool) { self.splits = splits }

  /// Adds a byte as it stands in the text.
  @inline(__always)
  mutating func add(_ byte: UInt8) {
    count += 1
    if splits, byte.isSpace { finish() } else { text.append(byte) }
  }

  /// Adds a value, whose white space separates.
  mutating func addSplit(_ bytes: [UInt8]) {
    if splits {
      for byte in bytes { add(byte) }
    } else {
      addWhole(bytes[...])
    }
  }

  /// Adds what is quoted.
  mutating func addWhole(_ bytes: ArraySlice<UInt8>) {
    count += bytes.count
    text += bytes
  }

  /// Ends a word.
  mutating func finish() {
    guard splits, !text.isEmpty else { return }
    words.append(text)
    text = []
  }
}
