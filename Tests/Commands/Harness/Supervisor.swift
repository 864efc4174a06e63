import Glibc

/// Starts scripts that outlive a test but never the test run: the end of their standard input tells them to stop.
enum Supervisor {
  /// Starts `script` in bash; its standard input ends when this process does, however that ends.
  ///
  /// The other end of that input: to be closed for it to stop before.
  @discardableResult
  static func start(_ script: String, in directory: String, log: String = "/dev/null") throws -> CInt {
    var ends: [CInt] = [0, 0]
    let status = spawning.update { _ in
      let status = pipe(&ends)
      // ends[1] stays open for as long as this process lives, and no child inherits it.
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return status
    }
    guard status == 0 else { throw CommandFailed(description: "pipe failed") }
    defer { close(ends[0]) }
    let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    defer { close(output) }
    _ = try spawn(
      ["bash", "-c", "cd '\(directory)' || exit; \(script)"],
      environment: Machine.environment.merging(["HOME": "/root"]) { $1 },
      descriptors: [ends[0], output, output])
    return ends[1]
  }
}

/// A program that serves several tests, in a directory of its own; stopped at the end of the run.
final class Server: Sendable {
  /// Its directory; removed at the end.
  let directory: String
  private let lifeline: CInt
  /// What it prints goes there.
  var log: String { "\(directory)/log" }

  /// Starts what `script` execs, in a fresh directory.
  ///
  /// - Parameters:
  ///   - prepare: run in that directory before.
  ///   - cleanup: run in that directory afterwards.
  init(_ name: String, _ script: String, prepare: String = "true", cleanup: String = "true") throws {
    directory = "\(Machine.scratchBase)/ociutils-\(name)-\(getpid())"
    mkdir(directory, 0o755)
    let prepared = try runScript(
      prepare, in: directory, environment: Machine.environment.merging(["HOME": directory]) { $1 },
      timeout: 120)
    guard prepared.status == 0 else { throw CommandFailed(description: prepared.description) }
    // The server must not read the pipe, nor die of a signal meant for the tests.
    lifeline = try Supervisor.start(
      """
      exec 3<&0 </dev/null
      (exec 3<&-; \(script)) & pid=$!
      trap '' INT TERM
      cat <&3 >/dev/null
      kill $pid; for i in $(seq 100); do kill -0 $pid 2>/dev/null || break; sleep 0.1; done
      kill -9 $pid 2>/dev/null; wait $pid
      \(cleanup)
      cd /; rm -rf --one-file-system '\(directory)'
      """, in: directory, log: "\(directory)/log")
  }

  /// Stops it now, where it is large and not shared.
  func stop() { close(lifeline) }

  /// Waits until `script` succeeds, at most `seconds`.
  func ready(_ script: String, seconds: Int = 30) throws {
    let end = now() + Double(seconds)
    while true {
      let outcome = try runScript(script, in: directory, environment: Machine.environment, timeout: 30)
      if outcome.status == 0 { return }
      guard now() < end else {
        let said = String(decoding: (try? readFile(log)) ?? [], as: UTF8.self).suffix(2000)
        throw CommandFailed(description: "\(directory) is not up: \(outcome)\n\(said)")
      }
      usleep(50_000)
    }
  }

  /// The lines of its log that hold all of `words`.
  func logged(_ words: String..., in file: String? = nil) throws -> [String] {
    let text = String(decoding: try readFile(file ?? log), as: UTF8.self)
    return text.split(separator: "\n").map(String.init).filter { line in words.allSatisfy(line.contains) }
  }
}

/// A TCP port of 127.0.0.1 that is free now.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let status = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
    }
  }
  guard status == 0 else { throw CommandFailed(description: "no free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}
