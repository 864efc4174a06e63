import ArgumentParser
import Glibc
import System

/// A command: its options, and what it does with them.
///
///     @main struct ImgPull: Command {
///       static let configuration = CommandConfiguration(
///         ociutils: "img-pull", abstract: "…", synopsis: "[OPTION]... [REF]...")
///       @OptionGroup var common: CommonOptions
///       func run(in session: Session) throws(Failure) { … }
///     }
public protocol Command: ParsableCommand {
  /// `-q`, `-v`, `--progress`.
  var common: CommonOptions { get }

  /// What it is called.
  static var name: String { get }

  /// Does it; what it throws is reported as what went through `session.diagnostics`.
  func run(in session: Session) throws(Failure)

  /// The command of a command line that can be read without ArgumentParser; else nil, as always for those whose start
  /// is not that urgent.
  static func plain(_ arguments: [String]) -> Self?

  /// What the process ends with for `status`; that itself, but for a command with statuses of its own.
  static func processStatus(of status: ExitStatus) -> Int32
}

extension CommandConfiguration {
  /// The configuration of a command of ociutils, which knows its version.
  ///
  /// - Parameter synopsis: what follows the name: `[OPTION]... [REF]...`.
  public init(ociutils name: String, abstract: String, synopsis: String, discussion: String = "") {
    self.init(
      commandName: name, abstract: abstract, usage: "\(name) \(synopsis)", discussion: discussion,
      version: "\(name) (ociutils) \(ociutilsVersion)")
  }
}

/// The version of all of ociutils.
public let ociutilsVersion = "0.1.0"

extension Command {
  /// As its configuration has it.
  public static var name: String { configuration.commandName! }

  /// None.
  public static func plain(_ arguments: [String]) -> Self? { nil }

  /// The same number.
  public static func processStatus(of status: ExitStatus) -> Int32 { status.rawValue }

  /// The process from its first to its last step.
  public static func main() {
    StandardStreams.occupyClosedDescriptors()
    StandardStreams.restoreBrokenPipe()
    let status = run(arguments: Array(Swift.CommandLine.arguments.dropFirst()), environment: .current())
    if status == .brokenPipe { StandardStreams.endByBrokenPipe() }
    Glibc.exit(processStatus(of: status))
  }

  /// Parses `arguments` and runs; all that a process does but for ending.
  static func run(
    arguments: [String], environment: Environment, streams: StandardStreams = StandardStreams(),
    errors: FileDescriptor = .standardError
  ) -> ExitStatus {
    let name = name
    switch Invocation<Self>(arguments) {
    case .wrong(let problem):
      errors.writeIgnoringErrors(
        "\(name): \(problem.oneLine)\nTry '\(name) --help' for more information.\n")
      return ExitStatus(.usage)
    case .information(let text):
      let diagnostics = Session(name, environment: environment, errors: errors).diagnostics
      diagnostics.attempt { () throws(Failure) in try streams.print(text) }
      return diagnostics.status
    case .command(let command):
      let options = command.common
      let session = Session(
        name, progress: options.progress, quiet: options.quiet, verbose: options.verbose,
        environment: environment, streams: streams, errors: errors)
      session.diagnostics.attempt { () throws(Failure) in try command.run(in: session) }
      session.progress.close()
      return session.diagnostics.status
    }
  }
}
