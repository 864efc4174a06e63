import CLinux
import Glibc

/// A program to be run, and what it is given.
public struct Program: Sendable {
  /// The file.
  public var path: String
  /// Its arguments, the name it is called by first.
  public var arguments: [String]
  /// All of its environment.
  public var environment: [String: String]
  /// Where it is to stand; nil for where this process does.
  public var directory: FileDescriptor?
  /// A descriptor that it gets besides the standard ones, under the same number.
  public var kept: FileDescriptor?

  /// The program `path`, called by its name, with these arguments.
  public init(_ path: String, _ arguments: [String], environment: [String: String]) {
    self.path = path
    self.arguments = [path] + arguments
    self.environment = environment
  }

  /// The first file that may be executed along `path`, as PATH lists directories; nil where there is none.
  ///
  /// Relative directories in PATH are left out: what is run must not depend on where one stands.
  public static func find(_ name: String, along path: String) -> String? {
    path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
      .first { candidate in
        var status = stat()
        return stat(candidate, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
          && access(candidate, X_OK) == 0
      }
  }

  /// Which signals a program finds ignored or blocked.
  public enum Signals: Sendable {
    /// None.
    case reset
    /// Those that this thread ignores; blocked are those of the mask.
    case inherited(mask: sigset_t)
  }

  /// Starts it (vfork(2), execve(2)).
  ///
  /// - Parameter diesWithParent: it gets SIGKILL when the thread that started it ends (PR_SET_PDEATHSIG).
  /// - Throws: the error of fork or exec; EBADF where a standard descriptor of this process is closed and one of those
  ///   given took its place.
  public func start(
    input: FileDescriptor = .standardInput, output: FileDescriptor = .standardOutput,
    errors: FileDescriptor = .standardError, signals: Signals = .reset, diesWithParent: Bool = false
  ) throws(Errno) -> ChildProcess {
    let standard = [input.number, output.number, errors.number]
    guard standard.indices.allSatisfy({ standard[$0] > 2 || standard[$0] == $0 }) else { throw Errno(EBADF) }
    var mask = sigset_t()
    sigemptyset(&mask)
    var resets = true
    if case .inherited(let given) = signals {
      mask = given
      resets = false
    }
    let strings = (
      arguments.map { strdup($0) } + [nil], environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    )
    defer { (strings.0 + strings.1).forEach { free($0) } }
    let child = path.withCString { path in
      withUnsafePointer(to: &mask) { mask in
        var program = clinux_program(
          path: path, arguments: nil, environment: nil,
          standard: (standard[0], standard[1], standard[2]), kept: kept?.number ?? -1,
          directory: directory?.number ?? -1, dies_with_parent: diesWithParent ? 1 : 0,
          resets_signals: resets ? 1 : 0, mask: mask)
        return strings.0.withUnsafeBufferPointer { arguments in
          strings.1.withUnsafeBufferPointer { environment in
            program.arguments = arguments.baseAddress
            program.environment = environment.baseAddress
            return clinux_spawn(&program)
          }
        }
      }
    }
    guard child >= 0 else { throw Errno.current }
    return ChildProcess(child)
  }
}
