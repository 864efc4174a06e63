import Glibc
import Image
import LayerStore
import Overlay
import System

// What drivers do in a process of one thread, for the tests of LayerStore; each argument is a step:
//
//     enter               a user namespace; prints its map, and what is missing
//     driver NAME [WAY]   of the process as it is; prints its obstacle, if any
//     upper DIR WORK      from now on
//     mount STORE COUNT POINT
//     unmount POINT
//     run STORE COUNT POINT -- COMMAND...

struct Probe {
  let path = getenv("PATH").map { String(cString: $0) } ?? ""
  var arguments = CommandLine.arguments.dropFirst()
  mutating func next() -> String { arguments.popFirst() ?? "" }
  func say(_ text: String) { try? FileDescriptor.standardOutput.write(Array((text + "\n").utf8)) }

  var driver: any MountDriver = OverlayDriver(map: .identity)
  var upper: UpperDirectory?

  // The layers of a store that the tests have made: of each the digit of its digests is given.
  func chain(_ store: String, _ count: Int) throws(Failure) -> LayerChain {
    let store = try LayerCache(store)
    let ids = (0..<count).map { number in
      let digits = String(number + 1)
      let digest = Digest(.sha256, hex: String(repeating: "0", count: 64 - digits.count) + digits)!
      return LayerID(diffID: DiffID(digest), chainID: digest)
    }
    let unpacking = try store.beginUnpacking(ids, driver.form)
    for layer in unpacking.missing {
      let tree = try layer.tree()
      let name = "layer-\(layer.ids[0].diffID.digest.hex.drop { $0 == "0" })"
      do throws(Errno) {
        let file = try tree.open(FileName(name), O_WRONLY | O_CREAT, mode: 0o644)
        if driver.form == .tree(.user, .recorded) {
          try tree.setExtendedAttribute(FileName("user.containers.override_stat"), to: Array("0:0:0755".utf8))
          try file.setExtendedAttribute(FileName("user.containers.override_stat"), to: Array("0:0:0644".utf8))
        }
      } catch { throw error.failure(name) }
    }
    let made = try store.publish(unpacking.missing, durably: false).merging(unpacking.present) { new, _ in new
    }
    return LayerChain(ids.compactMap { made[$0] }, in: store)
  }

  func point(_ path: String) throws(Failure) -> MountPoint {
    try MountPoint(path, upper: upper, source: "probe:latest")
  }

  mutating func step(_ word: String) throws(Failure) {
    switch word {
    case "enter":
      let namespace = try UserNamespace.enter(programs: path)
      let runs = namespace.map.users.map { "\($0.inside):\($0.outside):\($0.count)" }
      say("map \(runs.joined(separator: " "))")
      if let shortcoming = namespace.shortcoming { say("shortcoming \(shortcoming)") }
    case "driver":
      let map: IdentityMap
      do { map = try IdentityMap.current() } catch { throw error.failure("map") }
      switch next() {
      case "fuse": driver = FuseDriver(map: map, programs: path)
      case "overlay": driver = OverlayDriver(map: map)
      case "names": driver = OverlayDriver(map: map, ways: [.names])
      case "descriptors": driver = OverlayDriver(map: map, ways: [.descriptors])
      default: driver = OverlayDriver(map: map, ways: [.classic])
      }
      if let obstacle = driver.obstacle() { say("obstacle \(obstacle)") }
    case "upper": upper = UpperDirectory(path: next(), work: next())
    case "mount": try driver.mount(try chain(next(), Int(next()) ?? 0), at: try point(next()))
    case "time":
      let chain = try chain(next(), Int(next()) ?? 0)
      let place = try point(next())
      var times: [Double] = []
      for _ in 0..<11 {
        var (before, after) = (timespec(), timespec())
        clock_gettime(CLOCK_MONOTONIC, &before)
        try driver.mount(chain, at: place)
        clock_gettime(CLOCK_MONOTONIC, &after)
        times.append(
          Double(after.tv_sec - before.tv_sec) * 1e3 + Double(after.tv_nsec - before.tv_nsec) / 1e6)
        try driver.unmount(place.path)
      }
      say("ms \(times.sorted()[5])")
    case "unmount": try driver.unmount(next())
    case "run":
      let chain = try chain(next(), Int(next()) ?? 0)
      let place = try point(next())
      _ = next()
      var environment: [String: String] = ["PATH": path]
      environment["HOME"] = getenv("HOME").map { String(cString: $0) }
      let end = try PrivateCommand(Array(arguments), environment: environment).run(at: place) {
        [driver]
        (place) throws(Failure) in try driver.mount(chain, at: place)
      }
      if let problem = end.problem { say("problem \(problem.subject): \(problem.problem)") }
      exit(end.status)
    default: throw Failure(.usage, word, "is no step")
    }
  }
}

var probe = Probe()
do throws(Failure) {
  while let word = probe.arguments.popFirst() { try probe.step(word) }
} catch {
  probe.say("failure \(error.kind) \(error.subject): \(error.problem)")
  if let cause = error.cause { probe.say("cause \(cause)") }
  exit(error.kind.rawValue)
}
