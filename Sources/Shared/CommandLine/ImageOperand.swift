import Glibc
import Image
import System

/// The IMAGE of every command: a place, and which image of it (interface.md §2).
public struct ImageOperand: Hashable, Sendable {
  /// Where images are.
  public enum Place: Hashable, Sendable {
    /// A stream on standard input.
    case standardInput
    /// A layout directory or an archive file.
    case path(String)
    /// The layout of `Environment.defaultLayout()`.
    case defaultLayout
  }

  /// Where the image is.
  public let place: Place
  /// Which image of that place.
  public let selector: ImageSelector

  /// The image that `selector` selects in `place`.
  public init(_ place: Place, _ selector: ImageSelector = .only) {
    self.place = place
    self.selector = selector
  }

  /// The operand that `text` spells.
  ///
  /// - Parameter exists: whether a path is that of an existing file or directory.
  /// - Throws: `usage` where it is none of the forms.
  public init(parsing text: String, exists: (String) -> Bool = Self.exists) throws(Failure) {
    guard !text.isEmpty else { throw Failure(.usage, "''", "an empty image operand") }
    if text != "-", exists(text) {
      self.init(.path(text))
      return
    }
    let end = text.firstIndex { $0 == ":" || $0 == "@" } ?? text.endIndex
    let place: Place =
      switch text[..<end] {
      case "-": .standardInput
      case "": .defaultLayout
      case let path: .path(String(path))
      }
    // `:` alone is the default layout; anywhere else a colon promises a name.
    let rest = text == ":" ? "" : text[end...]
    do { self.init(place, try Self.selector(rest)) } catch { throw error.about(text) }
  }

  /// Whether something is at `path` (access(2)).
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// What follows the path: nothing, `:NAME`, `@DIGEST` or `:NAME@DIGEST`.
  private static func selector(_ text: Substring) throws(Failure) -> ImageSelector {
    guard let mark = text.first else { return .only }
    let body = text.dropFirst()
    guard mark == ":" else { return .digest(try digest(body)) }
    // Other tools' names may hold an `@`: only the last one can begin a digest.
    guard let at = body.lastIndex(of: "@"), looksLikeDigest(body[body.index(after: at)...]) else {
      if body.isEmpty { throw Failure(.usage, "", "a name is missing after the colon") }
      return .name(String(body))
    }
    let name = body[..<at]
    let digest = try digest(body[body.index(after: at)...])
    return name.isEmpty ? .digest(digest) : .nameAtDigest(String(name), digest)
  }

  private static func digest(_ text: Substring) throws(Failure) -> Digest {
    guard let digest = Digest(text) else {
      throw Failure(.usage, "", "\"\(text)\" is not a digest (sha256: and 64 hexadecimal digits)")
    }
    return digest
  }

  private static func looksLikeDigest(_ text: Substring) -> Bool {
    Digest.Algorithm.allCases.contains { text.hasPrefix($0.rawValue + ":") }
  }
}
