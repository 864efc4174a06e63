import Glibc
import Testing

/// Removing images beside whatever else happens, and killed at whatever moment.
@Suite(.needs("strace", "jq"), .serialized)
struct HousekeepingRaceTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.ok("img-save \(Images.layout.get()):app:latest | img-load -q -o store:app > line")
    try scratch.ok("img-save \(Images.layout.get()):app2:latest | img-load -q -o store:app2 >> line")
  }

  /// The calls of a run of img-rm that change something or lock, with the how manyth of its name each is.
  private func calls() throws -> [(name: String, number: Int)] {
    try scratch.ok("cp -r store trial && strace -o trace img-rm trial:app2")
    var counts: [String: Int] = [:]
    var calls: [(String, Int)] = []
    let names: Set = [
      "flock", "unlinkat", "renameat", "openat2", "openat", "write", "syncfs", "fsync", "getdents64",
    ]
    var begun = false
    for line in String(decoding: try readFile("\(scratch.path)/trace"), as: UTF8.self).split(separator: "\n")
    {
      let name = String(line.prefix { $0 != "(" })
      counts[name, default: 0] += 1
      // Before that, the loader and the run-time are at work.
      begun = begun || line.contains("trial")
      if begun, names.contains(name) { calls.append((name, counts[name]!)) }
    }
    return calls
  }

  @Test(
    "killed at any system call, img-rm loses nothing that is named, and the next run ends its work",
    .tags(.slow))
  func killed() throws {
    let calls = try calls()
    #expect(calls.count > 20)
    for (name, number) in calls {
      try scratch.ok("rm -rf trial; cp -r store trial")
      let outcome = try scratch.run(
        "strace -qq -o /dev/null -e trace=\(name) -e inject=\(name):signal=KILL:when=\(number) img-rm trial:app2"
      )
      #expect(outcome.status == 128 + SIGKILL, "\(name) \(number): \(outcome)")
      try scratch.expectWhole("trial", "docker.io/library/app:latest")
      try scratch.ok("img-rm -q trial:app2 || :; img-rm -q --gc trial; ls trial/blobs/sha256 | wc -l > left")
      try scratch.expectWhole("trial", "docker.io/library/app:latest")
      #expect(
        try scratch.ok("cat left; ls -A trial trial/.partial | paste -sd ' '")
          == "12\ntrial: .partial blobs index.json oci-layout  trial/.partial:",
        "\(name) \(number)")
    }
  }

  @Test("a system call that fails is one line, and nothing that is named is lost", .tags(.slow))
  func failing() throws {
    for (number, call) in try calls().enumerated() {
      try scratch.ok("rm -rf trial; cp -r store trial")
      let error = ["EIO", "ENOSPC", "EROFS"][number % 3]
      let outcome = try scratch.run(
        "strace -qq -o /dev/null -e trace=\(call.name) -e inject=\(call.name):error=\(error):when=\(call.number) img-rm trial:app2"
      )
      if outcome.status != 0 { expectOneLine(outcome, from: "img-rm") }
      try scratch.expectWhole("trial", "docker.io/library/app:latest")
    }
  }

  @Test("while somebody writes, names go and blobs stay; --gc waits for the writer")
  func waiting() throws {
    let outcome = try scratch.run(
      """
      exec 9< store/blobs; flock -s 9
      img-rm store:app2; ls store/blobs/sha256 | wc -l
      img-rm --gc store 9<&- & sleep 0.3; ls store/blobs/sha256 | wc -l
      exec 9<&-; wait; ls store/blobs/sha256 | wc -l
      """)
    let lines = outcome.lines
    #expect(lines.first == "Untagged: app2:latest")
    #expect(lines[1] == lines[2] && lines.last == "12", "\(outcome)")
    #expect(outcome.errors.contains("img-rm: store: other commands write to it; unused blobs stay until"))
    #expect(outcome.errors.contains("img-rm: store: waiting for commands that write to it"))
    #expect(outcome.errors.contains("img-rm: store: total reclaimed space: "))
  }

  @Test("loads, names and removals at once, killed at random, lose nothing that stays named", .tags(.slow))
  func race() throws {
    let outcome = try scratch.run(
      """
      img-save -o app2.img store:app2; img-save -o zstd.img \(Images.layout.get()):zstd:latest
      for worker in 1 2 3 4 5 6 7 8; do (
        for round in 1 2 3 4 5 6; do
          case $(( (worker + round) % 4 )) in
            0) set -- img-load -q -i app2.img -o store:w$worker ;;
            1) set -- img-tag -q store:app t$worker ;;
            2) set -- img-rm -q store:w$worker store:t$worker ;;
            3) set -- img-load -q -i zstd.img -o store:m$worker ;;
          esac
          "$@" > /dev/null 2>> errors & pid=$!
          if [ $(( RANDOM % 3 )) = 0 ]; then sleep 0.0$(( RANDOM % 4 )); kill -9 $pid; fi
          wait $pid
        done
        img-load -q -i app2.img -o store:last$worker || echo failed
      ) 2> /dev/null > out$worker & done; wait; cat out*
      """)
    #expect(outcome.status == 0 && !outcome.output.contains("failed"), "\(outcome)")
    // What is named and not there is the only thing they may complain of.
    let errors = try scratch.run("grep -v 'no image [wtm]' errors").output
    #expect(errors.isEmpty, "\(errors)")
    let names = (1...8).map { "docker.io/library/last\($0):latest" }.joined(separator: " ")
    try scratch.expectWhole("store", "docker.io/library/app:latest", names)
    try scratch.ok("img-rm -q --gc store")
    try scratch.expectWhole("store", "docker.io/library/app:latest", names)
    #expect(try scratch.run("img-ls store").status == 0)
  }

  @Test("a layout that can't be written to is one line, and status 4", .needsRoot)
  func readOnly() throws {
    let outcome = try scratch.run(
      "unshare -m sh -c 'mount --bind store store && mount -o remount,bind,ro store && img-rm store:app2'")
    #expect(outcome.status == 4)
    expectOneLine(outcome, from: "img-rm", containing: "Read-only file system")
  }
}
