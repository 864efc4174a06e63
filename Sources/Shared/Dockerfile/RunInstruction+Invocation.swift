import System

extension RunInstruction {
  /// What is to be executed.
  public enum Invocation: Sendable, Equatable {
    /// Arguments, by themselves.
    case exec([String])
    /// A text for the shell.
    case shell(String)
    /// A file of this name and content, which begins with `#!`.
    case script(name: String, content: String)
  }

  /// How the command and its here-documents are to be executed.
  ///
  /// A single here-document as the whole command is the script; others are left to the shell, behind the command.
  public var invocation: Invocation {
    guard case .shell(let text) = command else {
      guard case .exec(let words) = command else { return .exec([]) }
      return .exec(words)
    }
    guard let document = heredocs.first else { return .shell(text) }
    if let word = try? HeredocWord(text), word.name == document.name {
      return document.content.hasPrefix("#!")
        ? .script(name: document.name, content: document.content) : .shell(document.content)
    }
    return .shell(heredocs.reduce(into: text) { $0 += "\n" + $1.content + $1.name })
  }
}

extension CommandForm {
  /// The arguments, with those of `shell` before a text.
  public func arguments(shell: [String]) -> [String] {
    switch self {
    case .exec(let words): words
    case .shell(let text): shell + [text]
    }
  }
}
