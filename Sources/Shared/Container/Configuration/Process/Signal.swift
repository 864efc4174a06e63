import Glibc
import System

/// A signal by number (signal(7)).
public struct Signal: Hashable, Sendable {
  /// The number.
  public let number: Int32

  /// SIGTERM, which stops a command where nothing else is said.
  public static let terminate = Signal(number: SIGTERM)

  /// Signal number `number`.
  public init(number: Int32) { self.number = number }

  private static let names: [(String, Int32)] = [
    ("HUP", SIGHUP), ("INT", SIGINT), ("QUIT", SIGQUIT), ("ILL", SIGILL), ("TRAP", SIGTRAP),
    ("ABRT", SIGABRT),
    ("BUS", SIGBUS), ("FPE", SIGFPE), ("KILL", SIGKILL), ("USR1", SIGUSR1), ("SEGV", SIGSEGV),
    ("USR2", SIGUSR2), ("PIPE", SIGPIPE), ("ALRM", SIGALRM), ("TERM", SIGTERM), ("STKFLT", 16),
    ("CHLD", SIGCHLD), ("CONT", SIGCONT), ("STOP", SIGSTOP), ("TSTP", SIGTSTP), ("TTIN", SIGTTIN),
    ("TTOU", SIGTTOU), ("URG", SIGURG), ("XCPU", SIGXCPU), ("XFSZ", SIGXFSZ), ("VTALRM", SIGVTALRM),
    ("PROF", SIGPROF), ("WINCH", SIGWINCH), ("IO", SIGIO), ("PWR", 30), ("SYS", SIGSYS), ("IOT", SIGABRT),
    ("CLD", SIGCHLD), ("POLL", SIGIO),
  ]
  /// The real-time signals that glibc leaves to programs.
  private static let realTime: ClosedRange<Int32> = 34...64

  /// The signal of that name (`SIGTERM`, `term`, `RTMIN+3`) or number.
  ///
  /// - Throws: `usage`.
  public init(parsing text: String) throws(Failure) {
    guard let number = Self.number(text) else {
      throw Failure(.usage, "", "invalid signal: \(text.oneLine)")
    }
    self.number = number
  }

  private static func number(_ text: String) -> Int32? {
    if let number = Int32(text) { return (1...realTime.upperBound).contains(number) ? number : nil }
    var name = text.uppercased()
    if name.hasPrefix("SIG") { name.removeFirst(3) }
    if let known = names.first(where: { $0.0 == name }) { return known.1 }
    for (word, base, sign) in [("RTMIN", realTime.lowerBound, Int32(1)), ("RTMAX", realTime.upperBound, -1)]
    where name.hasPrefix(word) {
      let rest = name.dropFirst(word.count)
      if rest.isEmpty { return base }
      guard rest.first == (sign > 0 ? "+" : "-"), let offset = Int32(rest.dropFirst()), offset >= 0,
        offset <= realTime.upperBound - realTime.lowerBound
      else { return nil }
      return base + sign * offset
    }
    return nil
  }

  /// Its name, `SIGTERM`.
  public var name: String {
    if let known = Self.names.first(where: { $0.1 == number }) { return "SIG\(known.0)" }
    return number == Self.realTime.lowerBound ? "SIGRTMIN" : "SIGRTMIN+\(number - Self.realTime.lowerBound)"
  }
}
