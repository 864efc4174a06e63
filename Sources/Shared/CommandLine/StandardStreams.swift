import Glibc
import System

/// Standard input and output as the carriers of data.
public struct StandardStreams: Sendable {
  let input: FileDescriptor
  private let output: FileDescriptor
  /// Where bars may be that share a terminal with standard output.
  var progress: ProgressDisplay?

  /// These two descriptors; those of the process by default.
  public init(input: FileDescriptor = .standardInput, output: FileDescriptor = .standardOutput) {
    self.input = input
    self.output = output
  }

  /// Writes `text` and a newline.
  ///
  /// - Throws: `failed` where not all could be written: a full disk, a closed descriptor.
  public func print(_ text: String) throws(Failure) { try write(Array((text + "\n").utf8)) }

  /// Writes `bytes` as they are.
  ///
  /// - Throws: `failed` where not all could be written: a full disk, a closed descriptor.
  public func write(_ bytes: [UInt8]) throws(Failure) {
    do throws(Errno) {
      guard let progress, output.isTerminal else { return try output.write(bytes) }
      try progress.interrupted { () throws(Errno) in try output.write(bytes) }
    } catch { throw error.failure("standard output") }
  }

  /// Standard output for a stream.
  ///
  /// - Parameter option: what to use instead: `-o LAYOUT`.
  /// - Throws: `usage` where it is a terminal.
  public func outputStream(insteadUse option: String) throws(Failure) -> FileDescriptor {
    guard output.isTerminal else { return output }
    throw Failure(
      .usage, "standard output", "will not write an image to a terminal: redirect it, or use \(option)")
  }

  /// Standard input as a stream.
  ///
  /// - Throws: `usage` where it is a terminal.
  public func inputStream() throws(Failure) -> FileDescriptor {
    guard input.isTerminal else { return input }
    throw Failure(
      .usage, "standard input", "will not read an image from a terminal: name an IMAGE, or redirect it")
  }

  /// Ends the process as write(2) into a closed pipe does, for where SIGPIPE did not come: cat's silent end.
  static func endByBrokenPipe() -> Never {
    restoreBrokenPipe()
    raise(SIGPIPE)
    _exit(128 + SIGPIPE)
  }

  /// Lets SIGPIPE end the process, even where the parent had it ignored or blocked (signal(7)).
  static func restoreBrokenPipe() {
    signal(SIGPIPE, SIG_DFL)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGPIPE)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// Fills the places of descriptors 0 to 2 that the parent closed.
  ///
  /// Else the next file to be opened would take the place, and a message would be written into a blob. Each is
  /// opened the wrong way round, so that using it fails with EBADF as if it were closed.
  static func occupyClosedDescriptors() {
    for number in CInt(0)...2 where fcntl(number, F_GETFD) == -1 {
      _ = open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
    }
  }
}
