/// The likeliest of the words that someone may have meant.
enum Suggestion {
  /// ` (did you mean WORD?)` with the nearest of `words`, at most two edits away; else nothing.
  static func text(for word: String, among words: [String]) -> String {
    let word = Array(word.utf8)
    var best: (distance: Int, word: String)?
    for candidate in words {
      let other = Array(candidate.utf8)
      guard abs(other.count - word.count) <= 2 else { continue }
      let found = distance(word, other)
      if found > 0, found <= 2, found < best?.distance ?? .max { best = (found, candidate) }
    }
    return best.map { " (did you mean \($0.word)?)" } ?? ""
  }

  /// How many bytes have to be put in, left out or changed (Levenshtein).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let changed = diagonal + (byte == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
