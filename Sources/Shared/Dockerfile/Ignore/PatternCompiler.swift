import System

/// Makes the tokens of a pattern.
struct PatternCompiler {
  private let text: [UInt8]
  private let syntax: PathPattern.Syntax
  private var position = 0
  private(set) var tokens: [PathPattern.Token] = []
  private(set) var prefix: [UInt8] = []
  private(set) var suffix: [UInt8] = []
  private(set) var middle = 0..<0

  init(_ text: [UInt8], _ syntax: PathPattern.Syntax) {
    self.text = text
    self.syntax = syntax
  }

  private func wrong(_ problem: String) -> Failure {
    Failure(.invalid, String(decoding: text, as: UTF8.self).oneLine, problem)
  }

  private var next: UInt8? { position < text.count ? text[position] : nil }

  /// Reads all of it.
  mutating func run() throws(Failure) {
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "*"): readStar()
      case UInt8(ascii: "?"): add(.any)
      case UInt8(ascii: "["): add(.set(try readSet()))
      case UInt8(ascii: "\\"):
        guard next != nil else { throw wrong("nothing follows the \\ at its end") }
        readPlain()
      default:
        position -= 1
        readPlain()
      }
    }
    if middle.isEmpty { middle = tokens.count..<tokens.count }
  }

  /// How many bytes the shortest path has that matches, or fewer.
  var minimum: Int {
    tokens.indices.count { index in
      switch tokens[index] {
      case .star, .anything, .optionalPair: false
      // The slash of a pair that may be absent.
      case .unit where index >= 2 && tokens[index - 2] == .optionalPair: false
      case .unit, .any, .set: true
      }
    }
  }

  private mutating func readPlain() {
    let (unit, length) = text.character(at: position)
    if middle.isEmpty {
      prefix += text[position..<position + length]
    } else {
      suffix += text[position..<position + length]
    }
    position += length
    tokens.append(.unit(unit))
  }

  /// Adds tokens that aren't plain.
  private mutating func add(_ more: PathPattern.Token...) {
    let start = middle.isEmpty ? tokens.count : middle.lowerBound
    tokens += more
    middle = start..<tokens.count
    suffix = []
  }

  private mutating func readStar() {
    guard syntax == .ignore, next == UInt8(ascii: "*") else {
      // As many as there are say no more than one: they would only cost time.
      if tokens.last != .star { add(.star) }
      return
    }
    let isFirst = position == 1
    position += 1
    let hasSlash = next == UInt8(ascii: "/")
    if hasSlash { position += 1 }
    // `**x` is any path that ends in x, where x is plain; elsewhere `**` means whole directories.
    let isPlain = !text[position...].contains(where: Array("*?[]\\".utf8).contains)
    if next == nil || isFirst && !hasSlash && isPlain {
      add(.anything)
    } else if tokens.suffix(3) != Self.directories[...] {
      for token in Self.directories { add(token) }
    }
  }

  /// What `**/` is.
  static let directories: [PathPattern.Token] = [
    .optionalPair, .anything, .unit(UInt32(UInt8(ascii: "/"))),
  ]

  /// What is between brackets, and the closing one.
  private mutating func readSet() throws(Failure) -> PathPattern.CharacterSet {
    var set = PathPattern.CharacterSet()
    if next == UInt8(ascii: "^") {
      set.isNegated = true
      position += 1
    }
    repeat {
      let low = try readMember()
      guard next == UInt8(ascii: "-") else {
        set.ranges.append(low...low)
        continue
      }
      position += 1
      let high = try readMember()
      guard low <= high else { throw wrong("a range between [ and ] ends before it begins") }
      set.ranges.append(low...high)
    } while next != UInt8(ascii: "]")
    position += 1
    return set
  }

  /// One character between brackets; `-` and `]` have to stand after a `\`.
  private mutating func readMember() throws(Failure) -> UInt32 {
    if next == UInt8(ascii: "\\") {
      position += 1
    } else if next == UInt8(ascii: "-") || next == UInt8(ascii: "]") {
      throw wrong("a character is missing between [ and ]; a - or ] itself is written after a \\")
    }
    guard next != nil else { throw wrong("a [ that no ] closes") }
    let (unit, length) = text.character(at: position)
    position += length
    return unit
  }
}
