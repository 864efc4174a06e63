extension PathPattern {
  /// Whether the whole of `path` matches.
  public func matches(_ path: [UInt8]) -> Bool {
    guard !middle.isEmpty else { return path == prefix }
    // Nearly all paths are told apart by how they begin and end.
    guard path.count >= minimum, path.count >= prefix.count + suffix.count, path.starts(with: prefix),
      path.suffix(suffix.count).elementsEqual(suffix)
    else { return false }
    let rest = prefix.count..<path.count - suffix.count
    if middle.count == 1 {
      if tokens[middle.lowerBound] == .star { return !path[rest].contains(UInt8(ascii: "/")) }
      if tokens[middle.lowerBound] == .anything { return true }
    }
    return states(after: path, in: rest, of: middle).contains(middle.count)
  }

  /// Whether there can be a path below the directory `path` that matches.
  public func mayMatch(below path: [UInt8]) -> Bool {
    let path = path + [UInt8(ascii: "/")]
    guard prefix.count < path.count else { return prefix.starts(with: path) }
    guard path.starts(with: prefix) else { return false }
    let all = middle.lowerBound..<tokens.count
    return states(after: path, in: prefix.count..<path.count, of: all).hasAny(below: all.count)
  }

  /// Which of the tokens in `part` can be next after the bytes in `range`; `part.count` where all can be done.
  ///
  /// All ways of matching are followed at the same time, as a set: going back after a wrong one would take a time that
  /// is exponential in the number of stars.
  private func states(after path: [UInt8], in range: Range<Int>, of part: Range<Int>) -> StateSet {
    var current = StateSet(count: part.count + 1)
    current.insert(0)
    skip(&current, part)
    var index = range.lowerBound
    while index < range.upperBound, !current.isEmpty {
      let (unit, length) = path.character(at: index)
      index += length
      var next = StateSet(count: part.count + 1)
      current.forEach { state in
        guard state < part.count else { return }
        switch tokens[part.lowerBound + state] {
        case .unit(let wanted): if unit == wanted { next.insert(state + 1) }
        case .any: if unit != UInt8(ascii: "/") { next.insert(state + 1) }
        case .set(let set): if set.contains(unit) { next.insert(state + 1) }
        case .star: if unit != UInt8(ascii: "/") { next.insert(state) }
        case .anything: next.insert(state)
        case .optionalPair: break
        }
      }
      skip(&next, part)
      current = next
    }
    return current
  }

  /// Adds the states that are reached without a character.
  private func skip(_ states: inout StateSet, _ part: Range<Int>) {
    // They only lie ahead: one pass finds them all.
    var state = states.first(from: 0)
    while let here = state, here < part.count {
      switch tokens[part.lowerBound + here] {
      case .star, .anything: states.insert(here + 1)
      case .optionalPair:
        states.insert(here + 1)
        states.insert(here + 3)
      case .unit, .any, .set: break
      }
      state = states.first(from: here + 1)
    }
  }
}

/// A set of small numbers.
private struct StateSet {
  /// The numbers below 64, which are all that most patterns need.
  private var low: UInt64 = 0
  private var high: [UInt64]

  init(count: Int) { high = count > 64 ? [UInt64](repeating: 0, count: (count - 1) / 64) : [] }

  private subscript(word: Int) -> UInt64 { word == 0 ? low : high[word - 1] }

  var isEmpty: Bool { first(from: 0) == nil }

  mutating func insert(_ number: Int) {
    if number < 64 { low |= 1 << UInt64(number) } else { high[number / 64 - 1] |= 1 << UInt64(number % 64) }
  }

  func contains(_ number: Int) -> Bool { self[number / 64] >> UInt64(number % 64) & 1 == 1 }

  func hasAny(below limit: Int) -> Bool { first(from: 0).map { $0 < limit } ?? false }

  /// The least of them that is not below `start`.
  func first(from start: Int) -> Int? {
    var word = start / 64
    guard word <= high.count else { return nil }
    var bits = self[word] & ~0 << UInt64(start % 64)
    while bits == 0 {
      word += 1
      guard word <= high.count else { return nil }
      bits = self[word]
    }
    return word * 64 + bits.trailingZeroBitCount
  }

  func forEach(_ body: (Int) -> Void) {
    for word in 0...high.count {
      var bits = self[word]
      while bits != 0 {
        body(word * 64 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }
}
