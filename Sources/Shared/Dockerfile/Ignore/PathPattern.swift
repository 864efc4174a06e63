import System

/// A pattern for paths below a directory, of bytes and without a leading slash: of `.dockerignore`, of `--exclude`,
/// or the source of a COPY.
///
/// `*` is any text without a slash, `?` any character but a slash, `[a-z]` and `[^a-z]` are one of many, and `\` takes
/// the meaning from what follows it. Matching takes time in proportion to the lengths of pattern and path multiplied,
/// at worst.
public struct PathPattern: Sendable {
  /// Where patterns differ.
  public enum Syntax: Sendable {
    /// As Go's `filepath.Match` has it, which COPY and ADD use: `**` says no more than `*`.
    case match
    /// As `.dockerignore` has it: `**` is any number of directories.
    case ignore
  }

  /// One element that is matched against characters of a path.
  enum Token: Sendable, Equatable {
    /// This character.
    case unit(UInt32)
    /// Any character but a slash.
    case any
    /// One of many.
    case set(CharacterSet)
    /// Any text without a slash.
    case star
    /// Any text.
    case anything
    /// Either the two tokens after it, or none of them: how `**/` is made of the others.
    case optionalPair
  }

  /// Some characters, by ranges, or all others.
  struct CharacterSet: Sendable, Equatable {
    var isNegated = false
    var ranges: [ClosedRange<UInt32>] = []

    func contains(_ unit: UInt32) -> Bool { ranges.contains { $0.contains(unit) } != isNegated }
  }

  /// All elements.
  let tokens: [Token]
  /// The tokens between the first and the last that are no plain characters.
  let middle: Range<Int>
  /// The bytes of the plain characters before them; all bytes where there are only such.
  let prefix: [UInt8]
  /// The bytes of the plain characters after them.
  let suffix: [UInt8]
  /// How long a path must be to match, in bytes.
  let minimum: Int

  /// The pattern of these bytes.
  ///
  /// - Throws: `invalid` where a bracket does not close, a range has no end, or nothing follows a `\`; the subject is
  ///   the pattern.
  public init(_ text: [UInt8], syntax: Syntax) throws(Failure) {
    var compiler = PatternCompiler(text, syntax)
    try compiler.run()
    tokens = compiler.tokens
    prefix = compiler.prefix
    suffix = compiler.suffix
    middle = compiler.middle
    minimum = compiler.minimum
  }

  /// Whether `text` means more than the path that it is: it has a `*`, a `?` or a `[` that no `\` stands before.
  public static func hasWildcards(_ text: some Sequence<UInt8>) -> Bool {
    var isEscaped = false
    for byte in text {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if wildcards.contains(byte) {
        return true
      }
    }
    return false
  }

  private static let wildcards = Array("*?[".utf8)
}
