import Testing

/// Commands that do what they should not, and a thousand that do nothing: contained, reported, cleaned.
@Suite(.needsRoot, .needs("busybox"))
struct CtrRunMisbehaviourTests {
  /// Runs `script`, in which `base` and `python` are images, and `gone NAME` waits until no process is called that.
  private func run(_ script: String, timeout: Int = 60) throws -> Outcome {
    try Scratch().run(
      """
      export IMG_LAYERS=\(Runs.store.get().directory)/layers
      base=\(Runs.layout.get()):base:latest python=\(Runs.layout.get()):python:latest
      await() { for _ in {1..200}; do grep -q "$1" "$2" && return; sleep 0.05; done; }
      gone() { for _ in {1..60}; do pgrep -f "$1" >/dev/null || { echo gone; return; }; sleep 0.05; done; }
      \(script)
      """, timeout: timeout)
  }

  @Test("1,000 runs in a row and 100 at once leave no mount, process, file or control group", .tags(.slow))
  func many() throws {
    let scratch = try Scratch()
    let image = "\(try Runs.layout.get()):base:latest"
    try scratch.write(
      "script",
      """
      mount -t tmpfs none /run; mkdir state; cd state; mkdir tmp
      export IMG_LAYERS=$PWD/layers TMPDIR=$PWD/tmp XDG_CACHE_HOME=$PWD/cache
      count() { grep -cE " ($PWD|/run)[/ ]" /proc/self/mountinfo; ls -d /proc/[0-9]* | wc -l; find /run . | sort; }
      ctr-run --net none --name box \(image) true; sleep 0.3; count > ../before
      seq 1000 | xargs -P 4 -n 1 ctr-run --net none \(image) echo | sort -nu | wc -l
      for i in {1..100}; do ctr-run --net none --name box-$i \(image) sh -c "sleep 1; echo $i" > ../out-$i & done; wait
      cat ../out-* | sort -nu | wc -l; cd ..
      # What ends may take a moment, and the shell's own processes are among those that are counted.
      for _ in {1..50}; do cd state; count > ../after; cd ..; cmp -s before after && break; sleep 0.1; done
      diff before after && echo same
      """)
    // Mounts, processes and control groups of its own: what others run at the same time is not counted.
    let outcome = try scratch.run(
      """
      group=/sys/fs/cgroup/pids; [ -d $group ] || group=/sys/fs/cgroup; group=$group/ociutils-test-$$; mkdir $group
      sh -c 'echo 0 > '$group'/cgroup.procs; exec unshare -mpf --mount-proc bash script'
      for _ in {1..100}; do rmdir $group 2>/dev/null && { echo no group; break; }; sleep 0.05; done
      """, timeout: 120)
    #expect(outcome.lines == ["1000", "100", "same", "no group"], "\(outcome)")
  }

  @Test("what forks forever is held by the limit of processes, which is told; the second SIGINT ends it all")
  func forks() throws {
    let outcome = try run(
      """
      ctr-run --net none --pids-limit 40 -u 0 --entrypoint python3 $python -c '
      import os, signal, time
      signal.signal(signal.SIGINT, signal.SIG_IGN)
      while True:
          try: os.fork()
          except OSError:
              if os.getpid() == 1: print("full", flush=True)
              time.sleep(0.1)
      # forks-forever' > out 2> err & runner=$!
      await full out; pgrep -fc 'forks-foreve[r]$'; kill -INT $runner; sleep 0.3; kill -0 $runner && echo alive
      kill -INT $runner; wait $runner; echo $?; gone 'forks-foreve[r]$'; cat err
      """)
    // The runner and its keeper are called that, too.
    #expect(outcome.lines.count == 5 && (40...42).contains(Int(outcome.lines[0]) ?? 0), "\(outcome)")
    #expect(
      outcome.lines.dropFirst() == [
        "alive", "137", "gone", "ctr-run: --pids-limit: no more than 40 processes and threads were let be",
      ], "\(outcome)")
  }

  @Test("/dev/shm is full at its size; as memory it counts against the limit, which is told")
  func sharedMemory() throws {
    let outcome = try run(
      """
      fill='dd if=/dev/zero of=/dev/shm/x bs=1M 2>&1 | grep -o "No space"; stat -c %s /dev/shm/x'
      ctr-run --net none --shm-size 8m $base sh -c "$fill"
      ctr-run --net none --memory 16m --memory-swap 16m $base dd if=/dev/zero of=/dev/shm/x bs=1M; echo $?
      """)
    #expect(outcome.lines == ["No space", "8388608", "137"], "\(outcome)")
    #expect(
      outcome.errors.contains(
        "ctr-run: --memory: the kernel ended processes that wanted more than 16777216 bytes"),
      "\(outcome)")
  }

  @Test("a command that closes its terminal can open it again; children that hold it hold nobody up")
  func terminal() throws {
    let outcome = try run(
      """
      run() { timeout 10 ctr-run --net none -t $base sh -c "$1" | tr -d '\\r'; echo ${PIPESTATUS[0]}; }
      run 'exec <&- >&- 2>&-; sleep 0.3; echo back > /dev/tty; exit 5'
      run 'exec <&- >&- 2>&-; sleep 0.5; exit 6'
      run '(trap "" HUP; exec sleep 271828) & setsid sleep 271828 & echo out; exit 7'
      gone 'sleep 27182[8]$'
      """)
    #expect(outcome.lines == ["back", "5", "6", "out", "7", "gone"], "\(outcome)")
  }

  @Test("what ignores every signal lives until the second SIGINT", arguments: ["", "--init"])
  func deaf(option: String) throws {
    let outcome = try run(
      """
      ctr-run --net none \(option) $base sh -c 'for n in $(seq 1 31); do trap "" $n 2>/dev/null; done; echo ready
        while :; do sleep 0.1; done' > out & runner=$!
      await ready out
      for signal in HUP QUIT USR1 USR2 ALRM INT; do kill -$signal $runner; sleep 0.05; done
      sleep 0.3; kill -0 $runner && echo alive; kill -INT $runner; wait $runner; echo $?
      """)
    #expect(outcome.lines == ["alive", "137"], "\(outcome)")
  }

  @Test("--blkio-weight is had where the kernel has BFQ, else it says so")
  func weight() throws {
    let outcome = try run(
      """
      ctr-run --net none --blkio-weight 300 $base sh -c 'cat /sys/fs/cgroup/blkio/blkio*.weight /sys/fs/cgroup/io*.weight'
      echo $?
      """)
    if outcome.lines.last == "125" {
      expectOneLine(outcome, from: "ctr-run", containing: "BFQ")
    } else {
      #expect(outcome.lines.contains("300"), "\(outcome)")
    }
  }
}
