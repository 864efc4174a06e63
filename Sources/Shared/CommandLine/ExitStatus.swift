import Glibc
import System

/// The exit statuses of all `img-*` commands (interface.md §3); nothing else decides one.
public struct ExitStatus: Hashable, Sendable {
  /// What exit(3) is given.
  public let rawValue: Int32

  /// All went well.
  public static let success = ExitStatus(rawValue: 0)

  /// Nobody reads standard output any more: `Command.main()` lets SIGPIPE end the process.
  static let brokenPipe = ExitStatus(rawValue: 128 + SIGPIPE)

  private init(rawValue: Int32) { self.rawValue = rawValue }

  /// The status of a command that was run, which becomes this one's own.
  public init(ofCommand status: Int32) { self.init(rawValue: status) }

  /// The status that a failure of `kind` ends with.
  public init(_ kind: FailureKind) { self.init(rawValue: kind.rawValue) }

  /// Every status, in order.
  public static var all: [ExitStatus] { [.success] + FailureKind.allCases.map(ExitStatus.init) }

  /// What it means, in the words of the man pages.
  public var meaning: String {
    guard let kind = FailureKind(rawValue: rawValue) else { return "Done." }
    return switch kind {
    case .failed: "Failed otherwise."
    case .usage: "The command line is wrong."
    case .notFound: "Not found."
    case .denied: "Denied: authentication or permission."
    case .unreachable: "Unreachable or overloaded: worth trying again."
    case .invalid: "Verification failed: a digest, a size or a format is wrong."
    }
  }

  /// The table of the man pages, in mdoc(7).
  public static var manualTable: String {
    let rows = all.map { ".It \($0.rawValue)\n\($0.meaning)\n" }
    return ".Bl -tag -width Ds -compact\n" + rows.joined() + ".El\n"
  }
}
