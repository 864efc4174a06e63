import Glibc

extension Program {
  /// What a program said, and how it ended.
  public struct Answer: Sendable {
    /// What it wrote.
    public let text: [UInt8]
    /// How it ended; a status of -1 where SIGCHLD is ignored, so that nobody knows.
    public let end: ChildProcess.End
  }

  /// Which of what it writes is its answer; the other goes nowhere.
  public enum Voice: Sendable {
    case output
    case errors
  }

  /// Why there is no answer.
  public enum Problem: Error {
    case system(Errno)
    case tooSlow
    case tooMuch
  }

  /// The most bytes of an answer.
  static let limit = 64 << 10

  /// Runs it for its answer, and waits for its end; a daemon that it leaves behind must have let go of what it writes to.
  ///
  /// Whatever happens, the program has ended afterwards.
  ///
  /// - Parameter input: at most 4096 bytes.
  /// - Parameter timeout: seconds, after which it is killed.
  public func answer(
    from voice: Voice = .output, input: [UInt8] = [], timeout: Double
  ) throws(Problem) -> Answer {
    let deadline = Self.now() + timeout
    let reading: FileDescriptor
    let child: ChildProcess
    do throws(Errno) {
      let input = try Self.filledPipe(input)
      let output = try FileDescriptor.pipe()
      let nowhere = try FileDescriptor.open("/dev/null", O_WRONLY)
      reading = output.read
      child = try start(
        input: input, output: voice == .output ? output.write : nowhere,
        errors: voice == .errors ? output.write : nowhere)
    } catch { throw .system(error) }
    do throws(Problem) {
      let text = try Self.read(reading, until: deadline)
      return Answer(text: text, end: try Self.wait(for: child, until: deadline))
    } catch {
      child.destroy()
      throw error
    }
  }

  // All of the input goes into the pipe while its reader can't have gone away: no SIGPIPE.
  private static func filledPipe(_ input: [UInt8]) throws(Errno) -> FileDescriptor {
    // What any pipe holds.
    guard input.count <= 4096 else { throw Errno(E2BIG) }
    let pipe = try FileDescriptor.pipe()
    try pipe.write.write(input)
    return pipe.read
  }

  private static func read(_ output: FileDescriptor, until deadline: Double) throws(Problem) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      var wish = pollfd(fd: output.number, events: CShort(POLLIN), revents: 0)
      let left = deadline - now()
      guard left > 0 else { throw .tooSlow }
      do throws(Errno) {
        guard try retrying({ poll(&wish, 1, CInt(min(left * 1000 + 1, 1_000_000))) }) > 0 else { continue }
        let count = try retrying { Glibc.read(output.number, &buffer, buffer.count) }
        if count == 0 { return bytes }
        bytes += buffer[..<count]
      } catch { throw .system(error) }
      guard bytes.count <= limit else { throw .tooMuch }
    }
  }

  // Its output has ended, so it is about to: no more than a few rounds.
  private static func wait(for child: ChildProcess, until deadline: Double) throws(Problem)
    -> ChildProcess.End
  {
    while true {
      let end: ChildProcess.End?
      do throws(Errno) { end = try child.end(waiting: false) } catch { return .exited(-1) }
      if let end { return end }
      guard now() < deadline else { throw .tooSlow }
      usleep(500)
    }
  }

  // Seconds of CLOCK_MONOTONIC.
  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
