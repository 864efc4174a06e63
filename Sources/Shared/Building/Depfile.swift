import System

/// A make rule that says what a build read, as a C compiler writes it (cpp(1), -MD and -MP).
struct Depfile {
  /// The target and what it depends on; then each of those without a rule, so that make does not miss what was removed.
  static func text(target: String, files: [String]) -> String {
    var seen: Set<String> = []
    let files = files.filter { $0 != target && seen.insert($0).inserted }
    var text = "\(escaped(target)):"
    for file in files { text += " \\\n  \(escaped(file))" }
    text += "\n"
    for file in files { text += "\n\(escaped(file)):\n" }
    return text
  }

  /// A name as GNU make reads it: a blank needs a backslash, and those before it one more each; `$` is doubled.
  ///
  /// A newline can't be said at all.
  static func escaped(_ name: String) -> String {
    var result = ""
    var backslashes = 0
    for character in name.unicodeScalars {
      switch character {
      case " ", "\t":
        result += String(repeating: "\\", count: backslashes + 1)
      case "#": result += "\\"
      case "$": result += "$"
      default: break
      }
      backslashes = character == "\\" ? backslashes + 1 : 0
      result.unicodeScalars.append(character)
    }
    return result
  }
}
