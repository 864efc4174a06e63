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
    switch instruction.invocation {
    case .exec(let words):
      guard instruction.heredocs.isEmpty else {
        throw Failure(.invalid, "RUN", "here-documents take a command in shell form")
      }
      (arguments, script) = (words, nil)
    case .shell(let text): (arguments, script) = (shell + [text], nil)
    case .script(let name, let content):
      // A name that is one component of a path, whatever the document is called.
      let isName = FileName(name).count < 256 && !["", ".", ".."].contains(name) && !name.contains("/")
      let path = "/dev/pipes/\(isName ? name : "script")"
      var file = ProvidedFile(path, Array(content.utf8))
      file.mode = 0o755
      file.attributes = [.readOnly, .noSetUserID]
      (arguments, script) = ([path], file)
    }
  }
}
