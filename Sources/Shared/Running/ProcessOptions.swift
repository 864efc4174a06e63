import ArgumentParser
import CommandLine

/// Options of the command that is run: what, as whom, and what it is given.
public struct ProcessOptions: ParsableArguments, Sendable {
  @Flag(name: .shortAndLong, help: "Keep standard input open.")
  var interactive = false

  @Flag(name: .shortAndLong, help: "Give it a terminal of its own.")
  var tty = false

  @Option(
    name: .short("e", "env"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set NAME=VALUE; NAME takes yours.", valueName: "variable"))
  var env: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("Read variables from a file.", "file"))
  var envFile: [String] = []

  @Option(
    name: .short("u", "user"), help: ArgumentHelp("Run as NAME|UID[:GROUP|GID].", valueName: "user"))
  var user: String?

  @Option(parsing: .unconditionalSingleValue, help: .more("Add the user to a group.", "group|gid"))
  var groupAdd: [String] = []

  @Option(name: .short("w", "workdir"), help: ArgumentHelp("Start in this directory.", valueName: "dir"))
  var workdir: String?

  @Option(parsing: .unconditional, help: .more("Run this in place of the image's ENTRYPOINT.", "command"))
  var entrypoint: String?

  @Flag(name: .customLong("init"), help: .more("Let a small process 1 reap and pass on signals."))
  var hasReaper = false

  @Option(help: .more("The signal that stops it.", "signal"))
  var stopSignal: String?

  @Option(parsing: .unconditional, help: .more("Seconds to stop before it is killed.", "seconds"))
  var stopTimeout: Int?

  @Option(help: .more("The mask of modes of new files (0022).", "mask"))
  var umask: String?

  @Option(parsing: .unconditionalSingleValue, help: .more("Set a limit of processes.", "name=soft[:hard]"))
  var ulimit: [String] = []

  @Option(parsing: .unconditional, help: .more("How soon it is killed for want of memory.", "number"))
  var oomScoreAdj: Int?

  @Option(help: .more("Pass on descriptors 3 and up to 2+N.", "n"))
  var preserveFds: UInt32 = 0

  @Option(help: .more("Read its standard input from descriptor N.", "n"))
  var stdinFd: Int32?

  /// For ArgumentParser.
  public init() {}
}

extension ArgumentHelp {
  /// Help that is too much for one screen: shown by `--help-hidden`.
  static func more(_ text: String, _ value: String? = nil) -> ArgumentHelp {
    ArgumentHelp(text, valueName: value, visibility: .hidden)
  }
}

extension NameSpecification {
  /// `-L VALUE`, `-LVALUE`, `--long VALUE`, `--long=VALUE`.
  static func short(_ letter: Character, _ long: String) -> NameSpecification {
    [.customShort(letter, allowingJoined: true), .customLong(long)]
  }
}
