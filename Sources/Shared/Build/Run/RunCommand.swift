import Container
import Dockerfile
import System

/// What a RUN executes: its words, and the script that they name where there is one.
struct RunCommand: Sendable {
  /// The program and its arguments.
  let arguments: [String]
  /// A here-document that begins with `#!`, executed as a file.
  let script: ProvidedFile?

  /// The command of `instruction`.
  ///
  /// - Parameter shell: what executes a text.
  /// - Throws: `invalid` for words without a text where there are here-documents.
  init(_ instruction: RunInstruction, shell: [String]) throws(Failure) {
    let heredocs = instruction.heredocs
    switch instruction.command {
    case .exec(let words):
      guard heredocs.isEmpty else {
        throw Failure(.invalid, "RUN", "here-documents take a command in shell form")
      }
      (arguments, script) = (words, nil)
    case .shell(let text):
      if let only = heredocs.first, heredocs.count == 1, Self.isNothing(of: text, but: only) {
        if only.content.hasPrefix("#!") {
          let path = "/dev/pipes/\(Self.fileName(only.name))"
          var file = ProvidedFile(path, Array(only.content.utf8))
          file.mode = 0o755
          file.attributes = [.readOnly, .noSetUserID]
          (arguments, script) = ([path], file)
        } else {
          (arguments, script) = (shell + [only.content], nil)
        }
        return
      }
      // The shell reads them, as it would in a script.
      let whole = heredocs.reduce(text) { "\($0)\n\($1.content)\($1.name)" }
      (arguments, script) = (shell + [whole], nil)
    }
  }

  /// Whether `text` is the word of the here-document alone: `<<NAME`, `<<-"NAME"`.
  private static func isNothing(of text: String, but heredoc: Heredoc) -> Bool {
    func bare(_ text: Substring) -> String { String(text.filter { !"\"'\\".contains($0) }) }
    var word = text.drop(while: \.isWhitespace).drop { "0123456789".contains($0) }
    while word.last?.isWhitespace == true { word.removeLast() }
    guard word.hasPrefix("<<") else { return false }
    let rest = word.dropFirst(2)
    return [rest, rest.first == "-" ? rest.dropFirst() : rest].contains {
      bare($0) == bare(heredoc.name[...])
    }
  }

  /// A name that is one component of a path, whatever the document is called.
  private static func fileName(_ name: String) -> String {
    let isName =
      !name.isEmpty && name != "." && name != ".." && name.utf8.count < 256
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    return isName ? name : "script"
  }
}
