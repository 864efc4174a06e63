import Glibc
import System

/// A program run for its answer.
enum HelperProcess {
  /// Why there is no answer.
  enum Problem: Error {
    case system(Errno)
    case tooSlow
    case tooMuch
  }

  /// The most bytes of an answer.
  static let limit = 64 << 10

  /// Runs `program` and waits for its end; what it writes, and its status as waitpid(2) has it.
  ///
  /// Its standard error goes nowhere. Whatever happens, the program has ended afterwards.
  ///
  /// - Parameter timeout: seconds, after which it is killed.
  static func run(
    _ program: String, _ arguments: [String], input: [UInt8], environment: [String: String], timeout: Double
  ) throws(Problem) -> (output: [UInt8], status: CInt) {
    let deadline = now() + timeout
    let reading: FileDescriptor
    let child: pid_t
    do throws(Errno) {
      let input = try filledPipe(input)
      let output = try FileDescriptor.pipe()
      // Where standard descriptors are closed, one would take the place of another in the child.
      guard min(input.number, output.write.number) > 2 else { throw Errno(EBADF) }
      reading = output.read
      child = try spawn([program] + arguments, environment.map { "\($0)=\($1)" }, input, output.write)
    } catch { throw .system(error) }
    do throws(Problem) {
      let output = try read(reading, until: deadline)
      return (output, try wait(for: child, until: deadline))
    } catch {
      kill(child, SIGKILL)
      _ = try? retrying { waitpid(child, nil, 0) }
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

  private static func spawn(
    _ arguments: [String], _ environment: [String], _ input: FileDescriptor, _ output: FileDescriptor
  ) throws(Errno) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.number, 0)
    posix_spawn_file_actions_adddup2(&actions, output.number, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // Signals as a program expects them, whatever this one ignores or blocks.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, CShort(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let strings = (arguments.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
    defer { (strings.0 + strings.1).forEach { free($0) } }
    var child = pid_t()
    let status = posix_spawn(&child, arguments[0], &actions, &attributes, strings.0, strings.1)
    guard status == 0 else { throw Errno(status) }
    return child
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
  private static func wait(for child: pid_t, until deadline: Double) throws(Problem) -> CInt {
    var status: CInt = 0
    while true {
      let ended: pid_t
      // Without a status, where SIGCHLD is ignored, it counts as failed.
      do throws(Errno) { ended = try retrying { waitpid(child, &status, WNOHANG) } } catch { return -1 }
      if ended == child { return status }
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
