import Image
import System

/// The LAYOUT[:NAME] of `-o`: where a command adds the image it makes (interface.md §3).
public struct OutputTarget: Hashable, Sendable {
  /// The layout's path; nil for the default layout.
  public let path: String?
  /// The name that the image is to have there.
  public let name: Reference?

  /// The target that `text` spells: `LAYOUT`, `LAYOUT:NAME`, `:NAME` or `:`.
  ///
  /// - Throws: `usage` where it is none of the forms.
  public init(parsing text: String) throws(Failure) {
    let end = text.firstIndex(of: ":") ?? text.endIndex
    let layout = String(text[..<end])
    let rest = text[end...].dropFirst()
    guard !text.isEmpty else { throw Failure(.usage, "-o ''", "an empty path") }
    if layout == "-" {
      throw Failure(.usage, "-o \(text)", "leave out -o for a stream on standard output")
    }
    if let problem = Self.problem(ofLayout: layout) { throw Failure(.usage, "-o \(text)", problem) }
    if rest.isEmpty, !layout.isEmpty, end < text.endIndex {
      throw Failure(.usage, "-o \(text)", "a name is missing after the colon")
    }
    path = layout.isEmpty ? nil : layout
    do { name = rest.isEmpty ? nil : try Reference(parsing: String(rest)) } catch {
      throw error.about("-o \(text)")
    }
    guard name?.digest == nil else { throw Failure(.usage, "-o \(text)", "a name to give has no digest") }
  }

  /// The path of the layout.
  ///
  /// - Throws: what `Environment.defaultLayout()` throws.
  public func layout(in environment: Environment) throws(Failure) -> String {
    if let path { return path }
    return try environment.defaultLayout()
  }

  /// What keeps `path` from being a layout's: an operand could not name it.
  static func problem(ofLayout path: String) -> String? {
    for (character, name) in [(":", "colon"), ("@", "'@'"), ("\n", "newline")]
    where path.utf8.contains(character.utf8.first!) {
      return "a layout's path may not hold a \(name)"
    }
    return nil
  }
}

extension ImageOperand {
  /// `LAYOUT:NAME@DIGEST`, the line by which the next command can name an image (interface.md §3).
  ///
  /// A name that would not survive as one line is left out: the digest alone is as exact.
  ///
  /// - Parameters:
  ///   - layout: a path that `OutputTarget` let pass.
  ///   - name: the name that the image has in the layout, as short as it is unambiguous.
  ///   - digest: the digest of the descriptor in the layout.
  public static func line(layout: String, name: String?, digest: Digest) -> String {
    // `-` would mean standard input, and `-x` be taken for an option.
    let path = layout.hasPrefix("-") ? "./\(layout)" : layout
    guard let name, !name.isEmpty, name.oneLine == name else { return "\(path)@\(digest)" }
    return "\(path):\(name)@\(digest)"
  }
}
