import Container
import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System
import TestSupport

@testable import Build

/// A store with a layer of busybox, and RUN steps on it.
final class RunBench: Sendable {
  let scratch: Scratch
  let store: LayerCache
  let surroundings: RunSurroundings
  let base: [StoredLayer]
  /// Notices.
  let told = Monitor<[String]>([])

  struct Result {
    let status: CInt
    let fault: Failure?
    let text: String
    /// What is in the upper directory, relative to it, sorted.
    let changes: [String]
  }

  init(_ change: (inout RunSurroundings) -> Void = { _ in }) throws {
    let scratch = try Scratch()
    self.scratch = scratch
    store = try LayerCache(scratch.path("store"))
    let filters = scratch.path("filters")
    var facts = try HostFacts.current()
    facts.hostname = "outside"
    let told = told
    var surroundings = RunSurroundings(
      store, .identity, host: facts, pasta: nil, filters: filters, scratch: "/tmp"
    ) { (mount) throws(Failure) in
      let path = scratch.path("cache-" + (mount.id ?? mount.target).replacing("/", with: "_"))
      let isNew = access(path, F_OK) != 0
      do throws(Errno) {
        try FileDescriptor.makeDirectories(path)
        return RunCache(try .open(path, O_RDONLY | O_DIRECTORY), isNew: isNew)
      } catch { throw error.failure(path) }
    }
    surroundings.network = "none"
    surroundings.notice = { text in told.update { $0.append(text) } }
    change(&surroundings)
    self.surroundings = surroundings
    base = [try Self.layer("a", in: store, Self.fillBase)]
  }

  /// A layer that `fill` fills.
  static func layer(
    _ digit: Character, in store: LayerCache, _ fill: (String) throws -> Void
  ) throws -> StoredLayer {
    let digest = Digest(.sha256, hex: String(repeating: digit, count: 64))!
    let id = LayerID(diffID: DiffID(digest), chainID: digest)
    let unpacking = try store.beginUnpacking([id], OverlayDriver(map: .identity).form)
    for new in unpacking.missing {
      let tree = try new.tree()
      try fill(tree.magicPath)
    }
    return try store.publish(unpacking.missing, durably: false)[id]!
  }

  private static func fillBase(_ path: String) throws {
    for directory in ["bin", "etc", "tmp", "home"] {
      try FileDescriptor.makeDirectories("\(path)/\(directory)")
    }
    chmod("\(path)/tmp", 0o1777)
    chmod("\(path)/home", 0o711)
    try write(
      "\(path)/bin/busybox", try FileDescriptor.open("/bin/busybox", O_RDONLY).readToEnd(limit: 64 << 20))
    chmod("\(path)/bin/busybox", 0o755)
    for name in [
      "sh", "true", "ls", "cat", "id", "env", "pwd", "sleep", "stat", "touch", "mkdir", "echo", "ip", "head",
      "grep", "wc", "mknod", "chmod", "chown", "ps", "find", "rm", "mv", "ln", "kill", "yes", "hostname",
      "su",
      "df", "readlink", "cp", "sort",
    ] { symlink("busybox", "\(path)/bin/\(name)") }
    try write(
      "\(path)/etc/passwd", Array("root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n".utf8))
    try write("\(path)/etc/group", Array("root:x:0:\nextra:x:2000:app\n".utf8))
    symlink("/etc", "\(path)/home/link")
  }

  static func write(_ path: String, _ bytes: [UInt8]) throws {
    try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644).write(bytes)
  }

  /// The stage that has the base alone.
  var stage: RunStage { RunStage(layers: base) }

  /// A step that runs a text.
  func step(
    _ text: String, _ mounts: [RunMount] = [], _ stage: RunStage? = nil,
    _ change: (inout RunInstruction) -> Void = { _ in }
  ) throws(Failure) -> RunStep {
    var instruction = RunInstruction(.shell(text))
    change(&instruction)
    return try RunStep(instruction, mounts: mounts, in: stage ?? self.stage, surroundings)
  }

  /// Runs it to its end; the context is `context` in the scratch directory.
  func finish(_ step: RunStep, hidden: [String] = []) throws(Failure) -> Result {
    var bytes: [UInt8] = []
    let (base, scratch) = (base, scratch)
    let outcome = try step.run(
      sources: { (name) throws(Failure) in
        if name != nil { return .layers(base) }
        do throws(Errno) {
          return .directory(
            try FileDescriptor.open(scratch.path("context"), O_RDONLY | O_DIRECTORY),
            hidden: hidden.map { FileName($0) })
        } catch { throw error.failure("context") }
      }, sink: { bytes += $0 })
    let changes = Self.list(outcome.upper.path)
    try outcome.place.remove()
    return Result(
      status: outcome.status, fault: outcome.fault, text: String(decoding: bytes, as: UTF8.self),
      changes: changes)
  }

  /// Runs a text to its end.
  func run(_ text: String, _ mounts: [RunMount] = [], _ stage: RunStage? = nil) throws(Failure) -> Result {
    try finish(step(text, mounts, stage))
  }

  /// All that is below a directory.
  static func list(_ path: String) -> [String] {
    func list(_ path: String, _ prefix: String) -> [String] {
      let directory = try? FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      return (try? directory?.listing())?.flatMap { entry in
        let name = prefix + entry.name.description
        return [name] + list("\(path)/\(entry.name)", "\(name)/")
      } ?? []
    }
    return list(path, "")
  }

  /// What the store still has of mounts.
  var remains: [String] { Self.list("\(store.path)/mounts") }

  /// Makes a file of the context.
  func context(_ name: String, _ text: String) throws {
    let path = scratch.path("context/\(name)")
    try FileDescriptor.makeDirectories(String(path[..<path.lastIndex(of: "/")!]))
    try Self.write(path, Array(text.utf8))
  }
}

extension RunMount {
  init(_ kind: Kind, _ target: String, _ change: (inout RunMount) -> Void = { _ in }) {
    self.init()
    self.kind = kind
    self.target = target
    change(&self)
  }
}
