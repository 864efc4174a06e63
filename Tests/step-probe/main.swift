// Runs a RUN step on a layer that tar(1) unpacks, so that tests can do it as an ordinary user.
//
//   step-probe STORE TAR NETWORK TEXT

// Released modules have nothing but what is public.
#if DEBUG
  import Container
  import Dockerfile
  import Glibc
  import Image
  import LayerStore
  import System

  @testable import Build

  let words = Array(CommandLine.arguments.dropFirst())
  guard words.count == 4 else { exit(2) }

  func say(_ bytes: UnsafeRawBufferPointer) { try? FileDescriptor.standardOutput.write(bytes) }

  func run() throws -> CInt {
    let namespace = try UserNamespace.enter(programs: "/usr/sbin:/usr/bin:/sbin:/bin")
    let store = try LayerCache(words[0])
    let digest = Digest(.sha256, hex: String(repeating: "a", count: 64))!
    let id = LayerID(diffID: DiffID(digest), chainID: digest)
    let form = OverlayDriver(map: namespace.map).form
    let unpacking = try store.beginUnpacking([id], form)
    for new in unpacking.missing {
      let tree = try new.tree()
      var tar = Program(
        "/usr/bin/tar", ["-x", "-p", "--numeric-owner", "--exclude=./dev/*", "-f", words[1]], environment: [:]
      )
      tar.directory = tree
      guard try tar.start().end() == .exited(0) else { throw Errno(EIO) }
    }
    let made = try store.publish(unpacking.missing, durably: false).merging(unpacking.present) { one, _ in one
    }
    var surroundings = RunSurroundings(
      store, namespace.map, host: try .current(), pasta: Program.find("pasta", along: "/usr/bin:/bin"),
      filters: words[0] + "-filters", scratch: "/tmp"
    ) { (mount) throws(Failure) in throw Failure(.usage, mount.target, "no caches here") }
    surroundings.network = words[2]
    surroundings.notice = { fputs($0 + "\n", fdopen(dup(2), "w")) }
    let step = try RunStep(
      RunInstruction(.shell(words[3])), mounts: [], in: RunStage(layers: [made[id]!]), surroundings)
    let outcome = try step.run(
      sources: { (_) throws(Failure) in throw Failure(.usage, "", "no context here") }, sink: say)
    if let fault = outcome.fault { fputs("\(fault)\n", fdopen(dup(2), "w")) }
    let list = try FileDescriptor.open(outcome.upper.path, O_RDONLY | O_DIRECTORY).names()
    print("changes:", list.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
    try outcome.place.remove()
    return outcome.status
  }

  do { exit(try run()) } catch {
    fputs("step-probe: \(error)\n", fdopen(dup(2), "w"))
    exit(125)
  }
#endif
