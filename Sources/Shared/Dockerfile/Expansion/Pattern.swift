import System

/// A pattern of `${x#…}` and its like: `*` any characters, `?` one, not line feeds; `\` takes their meaning.
struct Pattern {
  /// A character; nil: any.
  typealias Element = Unicode.Scalar?

  /// What stands between the `*`, at least one piece.
  private(set) var pieces: [[Element]] = [[]]

  init(_ text: ArraySlice<UInt8>) throws(Failure) {
    var scalars = text.text.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      switch scalar {
      case "*": pieces.append([])
      case "?": add(nil)
      case "\\":
        guard let next = scalars.next() else { throw Self.invalid(text, "\\") }
        guard "*?\\}/".unicodeScalars.contains(next) else { throw Self.invalid(text, "\\\(next)") }
        add(next)
      default: add(scalar)
      }
    }
  }

  private init(pieces: [[Element]]) { self.pieces = pieces }

  private mutating func add(_ element: Element) { pieces[pieces.count - 1].append(element) }

  private static func invalid(_ text: ArraySlice<UInt8>, _ escape: String) -> Failure {
    wrong("invalid pattern (\(text.text)) in substitution: invalid escape '\(escape)'")
  }

  /// The pattern read from its end.
  var reversed: Pattern { Pattern(pieces: pieces.reversed().map { $0.reversed() }) }

  /// `scalars` as UTF-8.
  static func bytes(_ scalars: ArraySlice<Unicode.Scalar>) -> [UInt8] {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return Array(String(view).utf8)
  }
}

extension Pattern {
  /// Looks for patterns in a text.
  struct Matcher {
    private let text: [Unicode.Scalar]
    var record: Expansion.Record

    init(_ text: [Unicode.Scalar], _ record: Expansion.Record) {
      self.text = text
      self.record = record
    }

    /// Where the longest or shortest text ends that begins at `start` and `pattern` fits; nil: none.
    mutating func end(of pattern: Pattern, at start: Int, isLongest: Bool) throws(Failure) -> Int? {
      let pieces = pattern.pieces
      guard var position = try end(of: pieces[0], at: start) else { return nil }
      for (index, piece) in pieces.enumerated().dropFirst() {
        // Nothing is lost by taking the first place for a piece, and for the last one the last place where the
        // longest is wanted: a `*` stays in its line.
        let isBackward = isLongest && index == pieces.count - 1
        let candidates = position...(try lineEnd(from: position))
        guard
          let next = try isBackward
            ? first(of: piece, at: candidates.reversed()) : first(of: piece, at: candidates)
        else { return nil }
        position = next
      }
      return position
    }

    private mutating func lineEnd(from position: Int) throws(Failure) -> Int {
      let end = text[position...].firstIndex(of: "\n") ?? text.count
      try record.spend(end - position)
      return end
    }

    private mutating func first(
      of piece: [Element], at places: some Sequence<Int>
    ) throws(Failure) -> Int? {
      for place in places {
        if let end = try end(of: piece, at: place) { return end }
      }
      return nil
    }

    /// Where `piece` ends that begins at `start`.
    private mutating func end(of piece: [Element], at start: Int) throws(Failure) -> Int? {
      var position = start
      for element in piece {
        guard position < text.count, element.map({ $0 == text[position] }) ?? (text[position] != "\n") else {
          try record.spend(position - start + 1)
          return nil
        }
        position += 1
      }
      try record.spend(position - start + 1)
      return position
    }

    /// The text with `replacement` for the first place that `pattern` fits, or for all.
    mutating func replacing(
      _ pattern: Pattern, by replacement: [UInt8], all: Bool, limit: Int
    ) throws(Failure) -> [UInt8] {
      var result: [UInt8] = []
      var copied = 0
      var position = 0
      var last = -1
      while position <= text.count {
        // Nothing is no place where something was just replaced.
        if let end = try end(of: pattern, at: position, isLongest: true), end > position || end != last {
          result += Pattern.bytes(text[copied..<position]) + replacement
          guard result.count <= limit else { throw WordReader.tooLong }
          try record.spend(replacement.count)
          copied = end
          last = end
          if !all { break }
          position = end > position ? end : position + 1
        } else {
          position += 1
        }
      }
      return result + Pattern.bytes(text[copied...])
    }
  }
}
