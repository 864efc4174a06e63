// Runs a container, so that tests can look into it, signal it and kill it.
//
//   run-probe [OPTION[=VALUE]]... ROOT[:LOWER...] -- ARG...
//
// ROOT is a directory; with --overlay=DIALECT it is layers, the topmost first. What is not said is as ctr-run has it.

import CLinux
import Container
import Glibc
import System

func fail(_ words: String) -> Never {
  fputs("run-probe: \(words)\n", stderrStream())
  exit(125)
}

// glibc's `stderr` is a variable, which Swift 6 refuses.
func stderrStream() -> UnsafeMutablePointer<FILE> { fdopen(dup(2), "w") }

var options: [(name: String, value: String)] = []
var operands: [String] = []
var command: [String] = []
let words = Array(CommandLine.arguments.dropFirst())
let dashes = words.firstIndex(of: "--") ?? words.endIndex
for word in words[..<dashes] {
  guard word.hasPrefix("--") else {
    operands.append(word)
    continue
  }
  let halves = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
  options.append((String(halves[0]), halves.count > 1 ? String(halves[1]) : ""))
}
command = Array(words[min(words.endIndex, dashes + 1)...])
@MainActor func all(_ name: String) -> [String] { options.filter { $0.name == name }.map(\.value) }
@MainActor func value(_ name: String) -> String? { all(name).last }
func numbers(_ text: String) -> [UInt32] { text.split(separator: ",").compactMap { UInt32($0) } }

if value("rootless") != nil {
  do throws(Failure) { _ = try UserNamespace.enter(programs: "/usr/sbin:/usr/bin:/sbin:/bin") } catch {
    fail("\(error.subject): \(error.problem)")
  }
}

@MainActor func root() -> ContainerRoot {
  guard let text = operands.first else { fail("no root") }
  guard let name = value("overlay") else { return .directory(text) }
  let upper: ContainerOverlay.Upper =
    switch (value("upper"), value("no-upper")) {
    case (_, .some): .none
    case (let path?, _): .directory(path + "/upper", work: path + "/work")
    default: .memory(size: value("memory").flatMap { UInt64($0) })
    }
  var overlay = ContainerOverlay(
    lowers: text.split(separator: ":").map { .path(String($0)) }, dialect: name == "user" ? .user : .trusted,
    upper: upper)
  overlay.isShifted = value("shifted") != nil
  return .overlay(overlay)
}

/// The mounts that Docker has.
func standardMounts() -> [ContainerMount] {
  let plain: MountAttributes = [.noSetUserID, .noDevices, .noExecution]
  return [
    ContainerMount(.proc, at: "/proc", plain),
    ContainerMount(.tmpfs([("mode", "0755"), ("size", "64k")]), at: "/dev", [.noSetUserID]),
    ContainerMount(.devpts, at: "/dev/pts", [.noSetUserID, .noExecution]),
    ContainerMount(.tmpfs([("mode", "1777"), ("size", "64m")]), at: "/dev/shm", plain),
    ContainerMount(.mqueue, at: "/dev/mqueue", plain),
    ContainerMount(.sysfs, at: "/sys", [.noSetUserID, .noDevices, .noExecution, .readOnly]),
    ContainerMount(.cgroup, at: "/sys/fs/cgroup", [.noSetUserID, .noDevices, .noExecution, .readOnly]),
  ]
}

var spec = ContainerSpec(root: root(), args: command)
spec.env = ["PATH=/bin:/usr/bin"] + all("env")
spec.mounts = value("bare") != nil ? [] : standardMounts()
for text in all("bind") {
  let parts = text.split(separator: ":").map(String.init)
  var mount = ContainerMount(.bind(parts[0], recursive: true), at: parts[1])
  if parts.count > 2, parts[2] == "ro" { mount.attributes = [.readOnly] }
  mount.isShifted = value("shifted") != nil
  spec.mounts.append(mount)
}
spec.mounts += all("volume").map { ContainerMount(.volume, at: $0) }
spec.mounts += all("tmpfs").map { ContainerMount(.tmpfs([("size", "1m")]), at: $0, [.noSetUserID]) }
spec.files = all("file").map { ProvidedFile($0, Array("provided\n".utf8)) }
spec.devices = all("device").map {
  ContainerDevice(path: $0, source: "/dev/null", kind: .character, major: 1, minor: 3, mode: 0o666)
}
spec.maskedPaths =
  [
    "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
    "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/dev/block",
  ] + all("mask")
spec.readOnlyPaths =
  ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"] + all("narrow")
if value("bare") != nil { (spec.maskedPaths, spec.readOnlyPaths) = (all("mask"), all("narrow")) }
spec.workingDirectory = value("cwd") ?? "/"
spec.hostname = value("hostname") ?? "probe"
spec.isRootReadOnly = value("read-only") != nil
spec.hasReaper = value("init") != nil
spec.hasTerminal = value("tty") != nil
spec.allowsAllDevices = value("all-devices") != nil
spec.noNewPrivileges = value("new-privileges") == nil
if value("stdin") != nil { spec.standardInput = .standardInput }
spec.preservedDescriptors = value("preserve").flatMap { UInt32($0) } ?? 0
// podman's eleven, and those asked for.
let eleven: UInt64 = 0x8004_05fb
let extra = all("cap").compactMap { UInt64($0) }.reduce(UInt64(0)) { $0 | UInt64(1) << $1 }
let set = CapabilitySet(rawValue: value("all-caps") != nil ? .max : eleven | extra)
let ids = numbers(value("user") ?? "0,0")
(spec.user.uid, spec.user.gid, spec.user.additionalGids) = (ids[0], ids[1], Array(ids.dropFirst(2)))
spec.capabilities.bounding = set
if spec.user.uid == 0 { (spec.capabilities.effective, spec.capabilities.permitted) = (set, set) }
if let map = value("userns").map(numbers) {
  let runs = [IdentityMap.Run(inside: 0, outside: map[0], count: map[1])]
  spec.namespaces.user = IdentityMap(users: runs, groups: runs)
}
switch value("net") {
case "host": spec.namespaces.network = .host
case let path? where path.hasPrefix("/"): spec.namespaces.network = .path(path)
default: break
}
spec.sysctls = all("sysctl").map { text in
  let halves = text.split(separator: ":", maxSplits: 1).map(String.init)
  return (halves[0], halves[1])
}
spec.resourceLimits = all("nofile").map {
  ResourceLimit(resource: 7, soft: UInt64($0) ?? 0, hard: UInt64($0) ?? 0)
}
spec.oomScoreAdjustment = value("oom").flatMap { Int16($0) }
spec.limits.pids = value("pids").flatMap { UInt64($0) }
spec.limits.isPidsDefault = value("pids-default") != nil
spec.limits.memory = value("memory-limit").flatMap { UInt64($0) }
spec.limits.cpuQuota = value("cpu-quota").flatMap { UInt64($0) }
spec.limits.cpuset = value("cpuset")
spec.limits.blkioWeight = value("blkio").flatMap { UInt16($0) }
spec.stopSignal = value("stop-signal").flatMap { CInt($0) } ?? SIGTERM
spec.stopTimeout = value("stop-timeout").flatMap { UInt32($0) }
// RET_ALLOW, and ERRNO(EPERM) for mkdir(2): enough to see that it is loaded.
if value("seccomp") != nil {
  let program: [(UInt16, UInt8, UInt8, UInt32)] = [
    (0x20, 0, 0, 0), (0x15, 0, 1, 83), (0x06, 0, 0, 0x0005_0001), (0x06, 0, 0, 0x7fff_0000),
  ]
  spec.seccomp = program.flatMap { code, yes, no, k in
    withUnsafeBytes(of: code) { Array($0) } + [yes, no] + withUnsafeBytes(of: k) { Array($0) }
  }
}

@MainActor func runOnce() -> CInt {
  do throws(Failure) {
    let container = try RunningContainer(spec)
    container.notes.forEach { fputs("note: \($0)\n", stderrStream()) }
    if let fault = try container.start() {
      fputs("run-probe: \(fault.failure.subject): \(fault.failure.problem)\n", stderrStream())
      return fault.status
    }
    return try container.wait()
  } catch { fail("\(error.subject): \(error.problem)") }
}

// With --times=N: N runs, and what the quickest and the middle one took.
if let times = value("times").flatMap({ Int($0) }) {
  var took: [Double] = []
  for _ in 0..<times {
    var (start, end) = (timespec(), timespec())
    clock_gettime(CLOCK_MONOTONIC, &start)
    guard runOnce() == 0 else { exit(1) }
    clock_gettime(CLOCK_MONOTONIC, &end)
    took.append(Double(end.tv_sec - start.tv_sec) * 1e3 + Double(end.tv_nsec - start.tv_nsec) / 1e6)
  }
  took.sort()
  fputs("min \(took[0]) median \(took[took.count / 2])\n", stderrStream())
  exit(0)
}

// With --threads=N: N threads run it at once, --rounds times each (1), with a pipe for what it says.
if let count = value("threads").flatMap({ Int($0) }) {
  let (spec, rounds) = (spec, value("rounds").flatMap { Int($0) } ?? 1)
  let before = (try? FileDescriptor.open("/proc/self/fd", O_RDONLY | O_DIRECTORY).names().count) ?? -1
  let total = Monitor((bytes: 0, failures: 0))
  let pause = value("kill-after").flatMap { useconds_t($0) }
  let threads = (0..<count).compactMap { _ in
    try? Thread {
      for _ in 0..<rounds {
        var bytes = 0
        let status = runPiped(spec, killedAfter: pause) { bytes += $0.count }
        total.update { $0 = ($0.bytes + bytes, $0.failures + (status == 0 ? 0 : 1)) }
      }
    }
  }
  threads.forEach { $0.join() }
  let after = (try? FileDescriptor.open("/proc/self/fd", O_RDONLY | O_DIRECTORY).names().count) ?? -2
  let remains = waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD ? "none" : "children"
  let sum = total.update { $0 }
  print("bytes \(sum.bytes) failures \(sum.failures) descriptors \(after - before) remains \(remains)")
  exit(0)
}

/// Runs it with signals of its own; the status.
func runPiped(
  _ spec: ContainerSpec, killedAfter pause: useconds_t?, _ sink: (UnsafeRawBufferPointer) -> Void
) -> CInt {
  do throws(Failure) {
    var spec = spec
    let pipe: (read: FileDescriptor, write: FileDescriptor)
    do { pipe = try FileDescriptor.pipe() } catch { throw error.failure("pipe") }
    (spec.standardOutput, spec.standardError) = (pipe.write, pipe.write)
    let container = try RunningContainer(spec, passesSignals: false)
    if let fault = try container.start() { return fault.status }
    let killer = pause.flatMap { pause in
      try? Thread {
        usleep(pause)
        container.kill()
      }
    }
    defer { killer?.join() }
    return try container.wait(reading: pipe.read, sink)
  } catch {
    fputs("\(error.subject): \(error.problem)\n", stderrStream())
    return 125
  }
}

exit(runOnce())
