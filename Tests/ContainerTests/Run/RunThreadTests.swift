import Glibc
import System
import TestSupport
import Testing

/// Several containers at once of one process, each made by a thread of its own.
@Suite struct RunThreadTests {
  let root: Rootfs
  init() throws { root = try Rootfs() }

  @Test(
    "threads run containers at once, each with its own output, and nothing is left",
    arguments: [[], ["--pids=64"]])
  func manyAtOnce(options: [String]) throws {
    let outcome = try root.sh(
      "echo hello; echo error >&2; head -c 100000 /dev/zero", ["--threads=8", "--rounds=5"] + options)
    #expect(
      outcome.text == "bytes \(40 * 100_012) failures 0 descriptors 0 remains none\n", "\(outcome.errors)")
  }

  @Test("what is killed by another thread is gone at once, with all it began, whatever it does")
  func killedByThread() throws {
    for script in [
      "sleep 1000", "trap '' TERM INT; while :; do :; done", "while :; do sleep 1000 & done", "cat /dev/zero",
    ] {
      let start = time(nil)
      let outcome = try root.sh(script, ["--threads=2", "--kill-after=300000", "--pids=200"])
      #expect(
        outcome.text.contains("failures 2 descriptors 0 remains none"),
        "\(script): \(outcome.text)\(outcome.errors)")
      #expect(time(nil) - start < 10, "\(script)")
    }
  }

  @Test("background processes end with the command, which is not waited for longer")
  func background() throws {
    let start = time(nil)
    let outcome = try root.sh("sleep 1000 & (trap '' HUP; sleep 1000) & echo x", ["--threads=2"])
    #expect(outcome.text == "bytes 4 failures 0 descriptors 0 remains none\n")
    #expect(time(nil) - start < 10)
  }

  @Test("closed standard streams don't end the wait, and a closed pipe is no reason to wait")
  func closedStreams() throws {
    let outcome = try root.sh("echo a; exec >&- 2>&-; sleep 0.3; exit 0", ["--threads=2"])
    #expect(outcome.text == "bytes 4 failures 0 descriptors 0 remains none\n")
  }

  @Test("kill -9 of a process ends all containers of its threads")
  func killedProcess() throws {
    let mark = "1000.\(getpid())"
    let probe = try Probe(["--threads=4"], root.path, ["sleep", mark])
    #expect(Self.eventually { Self.processes(mark) == 4 })
    probe.send(SIGKILL)
    try probe.wait()
    #expect(Self.eventually { Self.processes(mark) == 0 })
  }

  @Test("a signal to the process is its own, not the containers'")
  func signalsAreOwn() throws {
    // It finds no signal blocked.
    let probe = try Command(
      [Probe.program, "--threads=2", root.path, "--", "sh", "-c", "trap 'exit 3' TERM; sleep 1000.5 & wait"])
    #expect(Self.eventually { Self.processes("1000.5") == 2 })
    probe.kill(SIGTERM)
    #expect(try probe.wait().status == 128 + SIGTERM)
    #expect(Self.eventually { Self.processes("1000.5") == 0 })
  }

  private static func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<500 {
      if condition() { return true }
      usleep(20_000)
    }
    return false
  }

  /// How many processes have the word `mark` in their command line, the probe itself not counted.
  private static func processes(_ mark: String) -> Int {
    let names = (try? FileDescriptor.open("/proc", O_RDONLY | O_DIRECTORY).names()) ?? []
    return names.count { name in
      let path = "/proc/\(String(decoding: name, as: UTF8.self))/cmdline"
      guard let line = try? FileDescriptor.open(path, O_RDONLY).readToEnd(limit: 1 << 16) else {
        return false
      }
      return line.starts(with: Array("sleep".utf8) + [0] + Array(mark.utf8) + [0])
    }
  }
}
