import ArgumentParser

/// What a command line asks for.
enum Invocation<C: Command> {
  /// To run.
  case command(C)
  /// To print: help, the version, a completion script.
  case information(String)
  /// Nothing that is understood; why not, without a full stop.
  case wrong(String)

  /// What `arguments`, without the command's name, ask for.
  init(_ arguments: [String]) {
    do {
      // Swift has replaced what was not UTF-8: a path would name another file.
      if let argument = arguments.first(where: { $0.unicodeScalars.contains("\u{FFFD}") }) {
        self = .wrong("\(argument): not UTF-8")
        return
      }
      if let command = C.plain(arguments) {
        self = .command(command)
        return
      }
      self = .command(try C.parse(ImageArgument.marking(arguments)))
    } catch {
      if C.exitCode(for: error) == .success {
        self = .information(C.fullMessage(for: error, columns: 80).tidied)
      } else {
        self = .wrong(ImageArgument.unmarking(C.message(for: error)).asProblem)
      }
    }
  }
}

extension String {
  /// Without spaces and empty lines where nobody sees them.
  fileprivate var tidied: String {
    let lines = split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.lastIndex { $0 != " " }.map { line[...$0] } ?? ""
    }
    let end = lines.lastIndex { !$0.isEmpty } ?? 0
    return lines[...end].joined(separator: "\n")
  }

  /// In the form of our own problems: a line that begins in lower case and has no full stop.
  fileprivate var asProblem: String {
    var text = split(whereSeparator: \.isNewline).joined(separator: " ")[...]
    if text.last == "." { text = text.dropLast() }
    guard let first = text.first, text.dropFirst().first?.isLowercase == true else { return String(text) }
    return first.lowercased() + text.dropFirst()
  }
}
