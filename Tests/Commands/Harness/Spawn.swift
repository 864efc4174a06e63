import Glibc
import System

/// How a command ended and what it said.
struct Outcome: CustomStringConvertible {
  /// What was run.
  var script: String
  /// The exit status; 128 + N where signal N ended it.
  var status: Int32
  /// Standard output, byte for byte.
  var bytes: [UInt8]
  /// Standard error.
  var errors: String
  /// Whether the time was up and it was killed.
  var timedOut: Bool

  /// Standard output as text, without white space at its end.
  var output: String { trimmed(String(decoding: bytes, as: UTF8.self)) }

  /// The lines of standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  var description: String {
    let text = bytes.count > 4000 ? "\(bytes.count) bytes" : output
    return """
      \(script)
      → \(timedOut ? "timed out" : "status \(status)")
      stdout: \(text)
      stderr: \(trimmed(errors))
      """
  }
}

/// A command did not do what a test relies on.
struct CommandFailed: Error, CustomStringConvertible {
  var description: String
}

/// `text` without white space at its end.
func trimmed(_ text: String) -> String {
  var text = text[...]
  while let last = text.last, last.isWhitespace { text.removeLast() }
  return String(text)
}

/// Held while a process starts, and while descriptors are made that no process may inherit.
let spawning = Monitor(())

/// Starts `arguments` in a process group of its own; the process's id.
func spawn(
  _ arguments: [String], environment: [String: String], descriptors: [CInt]
) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (number, descriptor) in descriptors.enumerated() {
    posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number))
  }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  // Test runners may ignore signals; a command must not inherit that.
  var signals = sigset_t()
  sigfillset(&signals)
  posix_spawnattr_setsigdefault(&attributes, &signals)
  sigemptyset(&signals)
  posix_spawnattr_setsigmask(&attributes, &signals)
  posix_spawnattr_setflags(
    &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
  var pid = pid_t()
  let status = spawning.update { _ in
    withStrings(arguments) { arguments in
      withStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
        posix_spawnp(&pid, arguments[0]!, &actions, &attributes, arguments, environment)
      }
    }
  }
  guard status == 0 else {
    throw CommandFailed(description: "\(arguments): \(String(cString: strerror(status)))")
  }
  return pid
}

private func withStrings<Result>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers = strings.map { strdup($0) } + [nil]
  defer { pointers.forEach { free($0) } }
  return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
}

/// Runs `script` in bash with pipefail and waits for it; the whole process group is killed after `timeout` seconds.
func runScript(
  _ script: String, in directory: String, environment: [String: String], timeout: Int
) throws -> Outcome {
  // Files instead of pipes: nothing can fill up, and what is left running holds nobody.
  let output = try unnamedFile()
  let errors = try unnamedFile()
  let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
  defer { [input, output, errors].forEach { close($0) } }
  let pid = try spawn(
    ["bash", "-c", "cd '\(directory)' || exit; set -u -o pipefail; \(script)"], environment: environment,
    descriptors: [input, output, errors])
  let (status, timedOut) = wait(for: pid, timeout: timeout)
  _ = Glibc.kill(-pid, SIGKILL)
  return Outcome(
    script: script, status: status, bytes: contents(output),
    errors: String(decoding: contents(errors), as: UTF8.self), timedOut: timedOut)
}

/// The status of `pid` as a shell gives it, and whether it had to be killed.
private func wait(for pid: pid_t, timeout: Int) -> (Int32, Bool) {
  var status: CInt = 0
  var timedOut = false
  let end = now() + Double(timeout)
  var nap: useconds_t = 500
  while waitpid(pid, &status, WNOHANG) == 0 {
    if !timedOut, now() > end {
      timedOut = true
      _ = Glibc.kill(-pid, SIGKILL)
    }
    usleep(nap)
    nap = min(nap * 2, 10_000)
  }
  let signal = status & 0x7f
  return (signal == 0 ? status >> 8 & 0xff : 128 + signal, timedOut)
}

/// Seconds of a clock that only goes forward.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A file without a name.
private func unnamedFile() throws -> CInt {
  var template = Array("\(Machine.scratchBase)/ociutils-output-XXXXXX".utf8CString)
  let descriptor = spawning.update { _ in
    let descriptor = mkstemp(&template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }
  guard descriptor >= 0 else { throw CommandFailed(description: "mkstemp failed") }
  unlink(template)
  return descriptor
}

/// All bytes of an open file, from its beginning.
private func contents(_ descriptor: CInt) -> [UInt8] {
  var status = stat()
  fstat(descriptor, &status)
  let size = Int(status.st_size)
  return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    while count < size {
      let got = pread(descriptor, buffer.baseAddress! + count, size - count, off_t(count))
      if got <= 0 { break }
      count += got
    }
  }
}

/// The bytes of the file at `path`.
func readFile(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw CommandFailed(description: "\(path): \(String(cString: strerror(errno)))")
  }
  defer { close(descriptor) }
  return contents(descriptor)
}
