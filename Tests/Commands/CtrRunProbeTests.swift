import Glibc
import System
import Testing

/// What programs see from inside, in docker's containers and in ours.
@Suite("ctr-run, from inside", .needsRoot)
struct CtrRunProbeTests {
  /// What each probe of Fixtures/probes.py saw, run by `engine`, which takes an image's variables, user and command.
  private func seen(_ engine: String, _ image: String, in scratch: Scratch) throws -> [String: Set<String>] {
    // Through pipes: descriptors of the host's files are of the caller's making.
    let text = try scratch.ok(
      """
      echo host > canary; probes=\(Machine.root)/Tests/Commands/Fixtures/probes.py
      # A key of root's that nobody else is to see; it goes by itself.
      /usr/bin/python3 -c 'import ctypes; call = ctypes.CDLL(None).syscall
      call(250, 15, call(248, b"user", b"ociutils-test", b"secret", 6, -4), 120)'
      cat $probes | \(engine) -i -u 0 --entrypoint python3 \(image) - "$(hostname)" $PWD/canary 2>&1 | cat > seen
      /usr/bin/python3 -c 'import json
      for title, things in json.load(open("seen")).items():
          print(title)
          for thing in things: print("\\t" + repr(thing))'
      """)
    var result: [String: Set<String>] = [:]
    var title = ""
    for line in text.split(separator: "\n").map(String.init) {
      if line.hasPrefix("\t") {
        result[title, default: []].insert(line)
      } else {
        title = line
        result[title] = []
      }
    }
    return result
  }

  private static let docker = Result<[String: Set<String>], any Error> {
    let scratch = try Scratch()
    let socket = "docker -H unix://\(try Engine.docker.directory())/sock"
    try scratch.ok("img-save -q \(Runs.layout.get()):python:latest | \(socket) load")
    return try CtrRunProbeTests().seen("\(socket) run --rm --network none", "python:latest", in: scratch)
  }

  private func ours(_ options: String = "") throws -> [String: Set<String>] {
    try seen(
      "IMG_LAYERS=\(Runs.store.get().directory)/layers ctr-run -q --net none \(options)",
      "\(Runs.layout.get()):python:latest", in: Scratch())
  }

  @Test(
    "no probe sees more than in a docker container, several see less", .needs("dockerd", "docker"),
    .tags(.slow), arguments: ["", "--userns 300000:65536"])
  func compared(options: String) throws {
    let (docker, ours) = (try Self.docker.get(), try ours(options))
    #expect(ours.count >= 25 && Set(ours.keys) == Set(docker.keys))
    var less: [String] = []
    for (title, things) in ours {
      let theirs = docker[title] ?? []
      #expect(things.isSubset(of: theirs), "\(title): more than docker: \(things.subtracting(theirs))")
      if things.count < theirs.count { less.append(title) }
    }
    #expect(less.count >= 8, "\(less)")
  }

  @Test("nothing of the host is seen: its name, keys, log, paths, processes; what is masked stays so")
  func nothing() throws {
    let ours = try ours()
    for title in [
      "kernel parameters that can be written", "what can be written in /sys",
      "firmware, power and block devices in /sys", "control groups above its own",
      "what can be written in /sys/fs/cgroup", "devices that can be made",
      "devices that were made and can be opened", "set-user-ID programs", "system calls without a filter",
      "keys of the host", "the kernel's log", "powerful system calls that work",
      "terminals, and what is typed into them", "the host's name", "the host's paths in mounts",
      "sockets of others", "memory and queues of others", "limits that can be raised",
      "changes to the machine",
      "sockets that see or forge packets, or reach the hypervisor or the audit log",
      "ways to a file of the host", "what a user namespace of its own uncovers",
    ] {
      #expect(ours[title] == [], "\(title)")
    }
  }
}
