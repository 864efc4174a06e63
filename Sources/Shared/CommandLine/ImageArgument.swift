import ArgumentParser
import System

/// An IMAGE as it stood on the command line.
///
/// ArgumentParser takes `-:NAME` and `-@DIGEST` for options. `Command` marks them with a NUL in front, which no
/// argument can hold by itself; this type takes the mark off.
public struct ImageArgument: ExpressibleByArgument, Sendable {
  private static let mark = "\0"

  /// What the user wrote.
  public let text: String

  /// The argument as the parser hands it over.
  public init(argument: String) {
    text = argument.hasPrefix(Self.mark) ? String(argument.dropFirst()) : argument
  }

  /// What it means.
  ///
  /// - Throws: `usage` where it is none of the forms.
  public func operand() throws(Failure) -> ImageOperand { try ImageOperand(parsing: text) }

  /// A layout or an archive is a path.
  public static var defaultCompletionKind: CompletionKind { .file() }

  /// The arguments, with the mark wherever ArgumentParser would see an option; all after `--` as they are.
  static func marking(_ arguments: [String]) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end].map { $0.hasPrefix("-:") || $0.hasPrefix("-@") ? mark + $0 : $0 }
      + arguments[end...]
  }

  /// A message without marks.
  static func unmarking(_ text: String) -> String { String(text.unicodeScalars.filter { $0 != "\0" }) }
}
