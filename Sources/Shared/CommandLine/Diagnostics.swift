import Glibc
import System

/// What a command says to people, on standard error, a line each: `COMMAND: …`.
public final class Diagnostics: Sendable {
  /// The command's name.
  public let command: String
  /// `-q`: no notices.
  public let isQuiet: Bool
  /// `-v`: details, and the causes of failures.
  public let isVerbose: Bool
  private let display: ProgressDisplay
  private let first = Monitor<ExitStatus?>(nil)

  /// The words of `command`, above the bars of `display` where it has some.
  public init(command: String, quiet: Bool, verbose: Bool, display: ProgressDisplay) {
    self.command = command
    isQuiet = quiet
    isVerbose = verbose
    self.display = display
  }

  /// Something that the user should know although it works; shown with `-q` too.
  public func warning(_ text: String) { say("warning: \(text)") }

  /// Something that was done differently than one might expect.
  public func notice(_ text: String) { if !isQuiet { say(text) } }

  /// Detail for `-v`; never secrets.
  public func verbose(_ text: @autoclosure () -> String) { if isVerbose { say(text()) } }

  /// Prints `failure`, and with `-v` its cause; the first one decides the exit status.
  ///
  /// Nothing is said where nobody reads any more (EPIPE).
  public func report(_ failure: Failure) {
    let isBrokenPipe = failure.errno?.rawValue == EPIPE
    first.update { $0 = $0 ?? (isBrokenPipe ? .brokenPipe : ExitStatus(failure.kind)) }
    if isBrokenPipe { return }
    say(failure.subject.isEmpty ? failure.problem : "\(failure.subject): \(failure.problem)")
    if isVerbose, let cause = failure.cause { say("cause: \(cause)") }
  }

  /// Runs `body`; what it throws is reported, so that the next operand has its turn.
  public func attempt(_ body: () throws(Failure) -> Void) {
    do { try body() } catch { report(error) }
  }

  /// Ends with `status`, unless a failure was reported before.
  public func end(with status: ExitStatus) { first.update { $0 = $0 ?? status } }

  /// What the command ends with: success unless something was reported.
  public var status: ExitStatus { first.update { $0 } ?? .success }

  /// One line that can do nothing to a terminal: names and messages of strangers are in it, of any length.
  private func say(_ text: String) { display.print("\(command): \(String(text.prefix(4000)).oneLine)") }
}
