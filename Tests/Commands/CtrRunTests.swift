import Glibc
import Testing

/// ctr-run does what docker run does, and leaves nothing.
@Suite(.needsRoot, .needs("busybox"))
struct CtrRunTests {
  private func run(_ script: String, in scratch: Scratch, timeout: Int = 60) throws -> Outcome {
    try scratch.run(
      script, ["IMG_LAYERS": "\(Runs.store.get().directory)/layers"], timeout: timeout)
  }

  @Test("a case of the table", arguments: RunCase.all)
  func table(each: RunCase) throws {
    let outcome = try run(each.script("ctr-run", prefix: "\(Runs.layout.get()):"), in: Scratch())
    #expect(outcome.output == each.output && outcome.status == each.status, "\(outcome)")
  }

  @Test("the table says what docker run does", .needs("dockerd", "docker"), .tags(.slow))
  func docker() throws {
    let directory = try Runs.docker.get()
    for each in RunCase.all {
      let output = trimmed(String(decoding: try readFile("\(directory)/\(each.file)"), as: UTF8.self))
      let status = trimmed(String(decoding: try readFile("\(directory)/\(each.file).status"), as: UTF8.self))
      let isEqual = output == each.output && status == "\(each.status)"
      #expect(isEqual == (each.differs == nil), "\(each.title): docker: status \(status), \(output)")
    }
  }

  private func operand(_ image: String) throws -> String { "\(try Runs.layout.get()):\(image):latest" }

  @Test("--rootfs is a directory without what is mounted in it, the host's / too")
  func rootfs() throws {
    let outcome = try run(
      """
      mkdir -p r/bin r/m; cp "$(command -v busybox)" r/bin/ls
      unshare -m sh -c 'mount -t tmpfs none r/m; touch r/m/hidden; ctr-run --net none --rootfs r /bin/ls -A /m; echo $?'
      ctr-run --net none --rootfs / sh -c 'echo $$'; echo $?
      """, in: Scratch())
    #expect(outcome.lines == ["0", "1", "0"], "\(outcome)")
  }

  @Test("kill -9 takes the container along, forked and deaf as it may be; the next run removes its group")
  func killed() throws {
    let outcome = try run(
      """
      : > out; ctr-run --net none \(operand("base")) sh -c 'trap "" TERM INT HUP
        sleep 31.4159 & sleep 31.4159 & echo ready; sleep 31.4159' > out & runner=$!
      for i in {1..100}; do grep -q ready out && break; sleep 0.05; done; cat out; sleep 0.2
      pgrep -f '^sleep 31[.]4159' | wc -l
      group=$(sed -n 's,.*/\\(ctr-run-[a-z0-9]*\\).*,\\1,p' "/proc/$(pgrep -of '^sleep 31[.]4159')/cgroup" | head -n 1)
      [ -n "$group" ] || echo no group
      kill -9 $runner; sleep 1; pgrep -f '^sleep 31[.]4159' | wc -l
      ctr-run --net none \(operand("base")) true; find /sys/fs/cgroup -type d -name "$group" | wc -l
      """, in: Scratch())
    #expect(outcome.lines == ["ready", "3", "0", "0"], "\(outcome)")
  }

  @Test(
    "a hostile image makes and changes nothing outside", .tags(.hostile),
    arguments: ["proc", "dev", "sys", "etc", "dev-shm", "dev-pts"], ["link", "file"])
  func hostilePlace(place: String, kind: String) throws {
    let outcome = try run(
      "timeout 20 ctr-run --net none \(operand("hostile-\(place)-\(kind)")) /bin/sh -c 'echo ran'; echo $?",
      in: Scratch())
    #expect(["ran\n0", "125"].contains(outcome.output), "\(outcome)")
    if outcome.output == "125" { expectOneLine(outcome, from: "ctr-run") }
    #expect(access("/OUTSIDE", F_OK) != 0)
  }

  @Test(
    "a hostile configuration is refused or contained", .tags(.hostile),
    arguments: [
      "work-link": "/OUTSIDE/deep\n0", "work-file": "125", "work-fd": "125", "nul": "125",
      "variables": "/\n0", "volume": "/\n0",
    ])
  func hostileConfiguration(image: String, expected: String) throws {
    let outcome = try run(
      "timeout 20 ctr-run --net none \(operand("hostile-\(image)")) pwd; echo $?", in: Scratch())
    #expect(outcome.output == expected, "\(outcome)")
    if expected == "125" { expectOneLine(outcome, from: "ctr-run") }
    #expect(access("/OUTSIDE", F_OK) != 0)
  }
}
