import Glibc
import System
import TestSupport
import Testing

@testable import Container

/// How a container begins and ends, and what is left.
@Suite struct RunLifeTests {
  let root: Rootfs
  init() throws { root = try Rootfs() }

  @Test(
    "the status is the command's, or says why there was none",
    arguments: [
      (["true"], 0, ""), (["sh", "-c", "exit 77"], 77, ""), (["nope"], 127, "not found in the image's PATH"),
      (["/bin/nope"], 127, "no such file"), (["/etc"], 126, "permission denied"),
      (["plain"], 126, "permission denied"),
      (["script"], 127, "its interpreter /no/such does not exist"), (["dos"], 127, "as on Windows"),
      (["junk"], 126, "neither a program nor a script"), (["arm"], 126, "another processor: arm64"),
      (["empty"], 126, "it is empty"), (["dynamic"], 127, "its loader /no/loader does not exist"),
    ])
  func statuses(command: [String], status: CInt, words: String) throws {
    let busybox = try FileDescriptor.open("/bin/busybox", O_RDONLY).readToEnd(limit: 64 << 20)
    var foreign = busybox
    (foreign[18], foreign[19]) = (183, 0)
    try root.write("bin/plain", busybox)
    try root.write("bin/script", Array("#!/no/such -x\n".utf8), 0o755)
    try root.write("bin/dos", Array("#!/bin/sh\r\n".utf8), 0o755)
    try root.write("bin/junk", Array("junk".utf8), 0o755)
    try root.write("bin/empty", [], 0o755)
    try root.write("bin/arm", foreign, 0o755)
    try root.write("bin/dynamic", Self.dynamicProgram(), 0o755)
    for options in [[], ["--init"], ["--overlay=trusted"]] {
      let outcome = try Probe(options, root.path, command).wait()
      #expect(outcome.status == status, "\(options)")
      #expect(outcome.errors.contains(words) && (outcome.errors == "") == (words == ""), "\(outcome.errors)")
    }
  }

  @Test("a program whose loader's name would lie beyond its end is told of, not read")
  func loaderBeyond() throws {
    try root.write("beyond", Self.dynamicProgram(nameAt: 3000), 0o755)
    let directory = try FileDescriptor.openDirectory(root.path)
    let fault = CommandFault(Errno(ENOENT), name: "/beyond", candidates: ["/beyond"], in: directory, cwd: "/")
    #expect(fault.status == 127 && fault.failure.problem == "no such file")
  }

  // An ELF header, a PT_INTERP, and nothing to run.
  private static func dynamicProgram(nameAt offset: UInt64 = 120) -> [UInt8] {
    func little(_ value: UInt64, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
    #if arch(x86_64)
      file += little(3, 2) + little(62, 2)
    #else
      file += little(3, 2) + little(183, 2)
    #endif
    file += little(1, 4) + little(0, 8) + little(64, 8) + little(0, 8) + little(0, 4)
    file += little(64, 2) + little(56, 2) + little(1, 2) + little(0, 6)
    file +=
      little(3, 4) + little(4, 4) + little(offset, 8) + little(0, 16) + little(11, 8) + little(11, 8)
      + little(1, 8)
    return file + Array("/no/loader\0".utf8)
  }

  @Test("a signal goes to the command, which says what becomes of it", arguments: [[], ["--init"]])
  func signals(options: [String]) throws {
    let script = "trap 'echo got; exit 9' HUP USR1; echo ready; while :; do sleep 0.05; done"
    for signal in [SIGHUP, SIGUSR1] {
      let probe = try Probe(options, root.path, ["sh", "-c", script])
      #expect(probe.wait(for: "ready"))
      probe.send(signal)
      let outcome = try probe.wait()
      #expect(outcome.status == 9)
      #expect(outcome.text == "ready\ngot\n")
    }
  }

  @Test("a second SIGINT or SIGTERM kills what ignores the first", arguments: [SIGINT, SIGTERM])
  func secondSignal(signal: CInt) throws {
    let script = "trap 'echo got' INT TERM; echo ready; while :; do sleep 0.05; done"
    let probe = try Probe([], root.path, ["sh", "-c", script])
    #expect(probe.wait(for: "ready"))
    probe.send(signal)
    #expect(probe.wait(for: "got"))
    probe.send(signal)
    #expect(try probe.wait().status == 137)
  }

  @Test("SIGTERM is the stop signal, and after the timeout the end")
  func stopTimeout() throws {
    let script = "trap 'echo got' USR1; trap '' TERM; echo ready; while :; do sleep 0.05; done"
    let probe = try Probe(["--stop-signal=10", "--stop-timeout=1"], root.path, ["sh", "-c", script])
    #expect(probe.wait(for: "ready"))
    probe.send(SIGTERM)
    #expect(probe.wait(for: "got"))
    #expect(try probe.wait().status == 137)
  }

  // A name for one container's processes on the host.
  private func isRunning(_ mark: String) -> Bool {
    guard let names = try? FileDescriptor.open("/proc", O_RDONLY | O_DIRECTORY).names() else { return false }
    return names.contains { name in
      let path = "/proc/" + String(decoding: name, as: UTF8.self) + "/cmdline"
      guard let bytes = try? FileDescriptor.open(path, O_RDONLY).readToEnd(limit: 1 << 20) else {
        return false
      }
      let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      return words.contains(mark) && words.first != Probe.program && words.first != "setpriv"
    }
  }

  @Test("kill -9 of the runner also ends what has changed its user, and with that lost its death signal")
  func killedAfterChange() throws {
    let mark = "\(4_000_000_000 + UInt64.random(in: 0..<1_000_000_000))"
    let binds = ["/usr", "/lib", "/lib64"].map { "--bind=\($0):\($0):ro" }
    let script =
      "echo ready; exec /usr/bin/setpriv --reuid=1000 --regid=1000 --clear-groups /bin/sleep \(mark)"
    let probe = try Probe(binds, root.path, ["sh", "-c", script])
    #expect(probe.wait(for: "ready"))
    for _ in 0..<200 where !isRunning(mark) { usleep(10_000) }
    usleep(200_000)
    #expect(isRunning(mark))
    probe.send(SIGKILL)
    try probe.wait()
    for _ in 0..<200 where isRunning(mark) { usleep(10_000) }
    #expect(!isRunning(mark))
  }

  @Test(
    "kill -9 of the runner ends all in the container, whoever runs it",
    arguments: [[], ["--init"], ["--user=1000,1000"]], [false, true])
  func killed(options: [String], rootless: Bool) throws {
    let options =
      rootless ? ["--rootless", "--overlay=user"] + options.filter { !$0.contains("user") } : options
    let mark = "\(4_000_000_000 + UInt64.random(in: 0..<1_000_000_000))"
    // A child in the background besides.
    let script = "(sleep \(mark) &) ; echo ready; exec sleep \(mark)"
    let probe = try Probe(options, root.path, ["sh", "-c", script], prefix: rootless ? Probe.asNobody : [])
    #expect(probe.wait(for: "ready"))
    #expect(isRunning(mark))
    probe.send(SIGKILL)
    try probe.wait()
    for _ in 0..<200 where isRunning(mark) { usleep(10_000) }
    #expect(!isRunning(mark))
  }

  @Test("a hundred at once, all of them right")
  func hundred() throws {
    let probes = try (0..<100).map {
      try Probe(["--overlay=trusted"], root.path, ["sh", "-c", "echo \($0); exit \($0)"])
    }
    for (number, probe) in probes.enumerated() {
      let outcome = try probe.wait()
      #expect(outcome.status == CInt(number) && outcome.text == "\(number)\n", "\(outcome.errors)")
    }
  }
}
