import System

/// A unit by which systemd runs the same command (systemd.service(5)).
public struct ServiceUnit: Sendable {
  /// What it is, for people.
  public var description: String
  /// The absolute path of the program, and its arguments.
  public var command: [String]
  /// From where relative paths among them count.
  public var directory: String
  /// The seconds it has to stop; nil for systemd's own.
  public var stopTimeout: UInt32?

  /// A unit that runs `command`.
  public init(description: String, command: [String], directory: String, stopTimeout: UInt32?) {
    self.description = description
    self.command = command
    self.directory = directory
    self.stopTimeout = stopTimeout
  }

  /// The unit's text.
  public var text: String {
    var lines = [
      "[Unit]", "Description=\(Self.specifierFree(description.oneLine))", "Wants=network-online.target",
      "After=network-online.target", "", "[Service]", "Type=exec",
      "WorkingDirectory=\(Self.specifierFree(directory))",
      "ExecStart=\(command.enumerated().map { Self.quoted($1, isProgram: $0 == 0) }.joined(separator: " "))",
      // ctr-run passes SIGTERM on, and makes the control group of the container below its own.
      "KillMode=mixed", "Delegate=yes", "OOMPolicy=continue",
    ]
    if let stopTimeout { lines.append("TimeoutStopSec=\(UInt64(stopTimeout) + 5)") }
    lines += ["", "[Install]", "WantedBy=multi-user.target"]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func specifierFree(_ text: String) -> String { text.replacing("%", with: "%%") }

  /// A word of a command line (systemd.service(5), Command lines): quotes, specifiers, variables.
  private static func quoted(_ word: String, isProgram: Bool) -> String {
    var result = ""
    for scalar in word.unicodeScalars {
      switch scalar {
      case "\\", "\"": result += "\\\(scalar)"
      case "%": result += "%%"
      case "$": result += isProgram ? "$" : "$$"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\x\(digits.count < 2 ? "0" : "")\(digits)"
      default: result.unicodeScalars.append(scalar)
      }
    }
    let isPlain =
      !result.isEmpty
      && result.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "'") && $0 != 0x22 && $0 != 0x3B }
    return isPlain && result == word ? result : "\"\(result)\""
  }
}
