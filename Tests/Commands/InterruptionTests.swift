import Testing

/// Killed at any moment, a layout is valid, holds what it held, and the next run goes on.
@Suite(.needs("jq"))
struct InterruptionTests {
  @Test("kill -9 at random moments loses nothing, and the next run resumes with Range", .tags(.slow))
  func killed() throws {
    let hostile = try HostileRegistry.shared.get()
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o store \(hostile.host)/good/small")
    let reference = "\(hostile.host)/slow/killed/app"
    for tenth in [1, 3, 4, 6, 8] {
      let outcome = try scratch.run("timeout -s KILL 0.\(tenth) img-pull -q -o store \(reference)")
      #expect(outcome.status == 128 + 9, "\(outcome)")
      try scratch.expectWhole("store", "\(hostile.host)/good/small:latest")
    }
    try scratch.ok("img-pull -q -o store \(reference)")
    try scratch.expectWhole("store", "\(hostile.host)/good/small:latest", "\(reference):latest")
    let resumed = try hostile.requests("slow/killed").filter { $0.range != "-" }
    #expect(!resumed.isEmpty && resumed.allSatisfy { $0.status == "206" }, "\(resumed)")
    #expect(
      try scratch.ok("find store/.partial -type f 2>/dev/null | wc -l") == "0", "nothing partial is left")
  }

  @Test(
    "kill -9 at each system call that changes something leaves a valid layout", .needs("strace"), .tags(.slow)
  )
  func killedAtEachCall() throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o before \(host)/good/small")
    let check = "/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/check.py"
    let outcome = try scratch.run(
      """
      calls='mkdir mkdirat openat openat2 write pwrite64 ftruncate rename renameat renameat2 link linkat unlink
             unlinkat fsync fdatasync syncfs flock fallocate copy_file_range'
      cp -r before count; strace -f -qq -o calls -e trace=${calls// /,} img-pull -q -o count \(host)/good/x/busybox >/dev/null 2>&1 ||
        strace -f -qq -o calls -e trace="$(echo $calls | tr ' ' ,)" img-pull -q -o count \(host)/good/y/busybox >/dev/null || exit 90
      for call in $calls; do
        times=$(grep -c " $call(" calls); [ $times -le 40 ] || times=40
        for ((n = 1; n <= times; n++)); do
          rm -rf store; cp -r before store
          strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n img-pull -q -o store \(host)/good/x/busybox >/dev/null 2>&1
          echo $call $n $? >> done
          \(check) store \(host)/good/small:latest || { echo "after $call $n"; exit 91; }
          img-pull -q -o store \(host)/good/x/busybox >/dev/null || { echo "resuming after $call $n"; exit 92; }
          \(check) store \(host)/good/small:latest \(host)/good/x/busybox:latest || { echo "resumed after $call $n"; exit 93; }
        done
      done
      wc -l < done; grep -c 137 done
      """, timeout: 400)
    #expect(outcome.status == 0, "\(outcome)")
    #expect((outcome.lines.last.flatMap { Int($0) } ?? 0) > 20, "it was really killed: \(outcome)")
  }

  @Test(
    "SIGINT and SIGTERM stop a command within a second, whatever it waits for",
    arguments: ["INT", "TERM"],
    ["stall/interrupted", "stall-blob/interrupted", "slow/interrupted", "always-503/interrupted"])
  func signals(signal: String, behaviour: String) throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    for way in ["-o store", "> stream"] {
      let reference = "\(host)/\(behaviour)/app"
      let outcome = try scratch.run(
        """
        # A shell starts what goes into the background with SIGINT ignored.
        env --default-signal=INT img-pull -q \(reference) \(way) & sleep 0.6; start=$(date +%s%N); kill -\(signal) $!; wait $!; status=$?
        echo $status $((($(date +%s%N) - start) / 1000000))
        """, timeout: 30)
      let words = outcome.output.split(separator: " ").compactMap { Int($0) }
      #expect(words.count == 2 && words[0] == (signal == "INT" ? 130 : 143) && words[1] < 1000, "\(outcome)")
    }
    if try scratch.run("[ -e store/index.json ]").status == 0 { try scratch.expectWhole("store") }
  }

  @Test("interrupted, img-save -o FILE leaves no file, new or temporary", arguments: ["INT", "TERM", "KILL"])
  func interruptedSave(signal: String) throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      """
      img-save \(Images.layout.get()):app:latest > whole; echo old > old.img; save='env --default-signal=INT img-save'
      (head -c 3000000 whole; exec sleep 20) | $save -o new.img & (head -c 3000000 whole; exec sleep 20) | $save -o old.img &
      sleep 0.7; pkill -\(signal) -g $$ -x img-save; sleep 0.5; pgrep -r R,S,D -g $$ -x img-save; cat old.img; ls -A
      """, timeout: 30)
    #expect(outcome.output == "old\nhome\nold.img\ntmp\nwhole", "\(outcome)")
  }

  @Test("kill -9 at random moments of many pulls at once loses nothing that was named", .tags(.slow))
  func killedTogether() throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    let images = ["app", "app2", "busybox", "small", "plain", "zstd", "labelled", "multi"]
    let starts = images.enumerated().map { number, image in
      "timeout -s KILL 0.\(2 + number) img-pull -q -o store \(host)/slow/together/\(image) >> printed & "
    }.joined()
    for _ in 0..<3 {
      _ = try scratch.run("\(starts) wait")
      // Whatever was printed is named and whole.
      let named = try scratch.ok("sed 's/^store://; s/@.*//' printed | sort -u").split(separator: "\n")
      let outcome = try scratch.run(
        "[ ! -e store/index.json ] || /usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/check.py store \(named.joined(separator: " "))"
      )
      #expect(outcome.status == 0, "\(outcome)")
    }
    try scratch.ok("\(images.map { "img-pull -q -o store \(host)/slow/together/\($0) & " }.joined()) wait")
    let names = images.map { "\(host)/slow/together/\($0):latest" }.joined(separator: " ")
    try scratch.ok("/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/check.py store \(names)")
  }
}
