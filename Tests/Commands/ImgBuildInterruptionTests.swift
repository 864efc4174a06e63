import Testing

/// img-build that is told to stop, killed, or has company.
@Suite("img-build, interrupted", .needsRoot, .needs("unshare", "jq", "python3"))
struct ImgBuildInterruptionTests {
  /// What is stopped: a Dockerfile, what makes the context, and what is there when it is time.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let dockerfile: String
    var prepare = "true"
    /// Succeeds once the moment has come.
    let moment: String
    var options = "c"
    var input = "/dev/null"
    var testDescription: String { name }
  }

  private static let cases = [
    Case(
      name: "RUN", dockerfile: "FROM base\nRUN echo first\nRUN sleep TOKEN & sleep TOKEN\n",
      moment: "[ $(pgrep -cf 'sleep TOKE[N]') -ge 2 ]"),
    Case(
      name: "two RUNs",
      dockerfile: "FROM base AS a\nRUN sleep TOKEN\nFROM base\nRUN sleep TOKEN\nCOPY --from=a / /\n",
      moment: "[ $(pgrep -cf 'sleep TOKE[N]') -ge 2 ]"),
    Case(
      name: "a RUN that ignores it",
      dockerfile: "FROM base\nRUN echo first\nRUN trap '' INT TERM HUP; sleep TOKEN\n",
      moment: "pgrep -f 'sleep TOKE[N]' > /dev/null"),
    Case(
      name: "COPY", dockerfile: "FROM base\nRUN echo first\nCOPY large /\n",
      prepare: "truncate -s 40G c/large",
      moment: "grep -q first err && sleep 0.5"),
    Case(
      name: "a tar that comes", dockerfile: "FROM base\n",
      prepare: "mkfifo f; (tar c -C c . ; sleep 20) > f &",
      moment: "sleep 0.5; ls tmp/* > /dev/null 2>&1", options: "-", input: "f"),
    Case(
      name: "a tar that does not come", dockerfile: "FROM base\n", prepare: "mkfifo f; sleep 20 > f &",
      moment: "sleep 0.5",
      options: "-", input: "f"),
    Case(
      name: "output nobody reads", dockerfile: "FROM base\nRUN yes\n",
      moment: "[ $(stat -c %s err) -gt 1000000 ]"),
    Case(
      name: "a fork bomb",
      dockerfile: "FROM base\nRUN f() { sleep 0.02; f & }; f & f & while :; do sleep TOKEN; done\n",
      moment: "sleep 1"),
  ]

  @Test(
    "SIGINT and SIGTERM end it within a second, by that signal; nothing runs on, all that is there is whole",
    arguments: cases, ["INT", "TERM"])
  func stopped(each: Case, signal: String) throws {
    let scratch = try Scratch()
    try scratch.ok("mkdir c")
    // What pgrep finds is of this case alone.
    let token =
      "\(314_000_000 + (Self.cases.firstIndex { $0.name == each.name } ?? 0) * 2 + (signal == "INT" ? 1 : 0))"
    func mine(_ text: String) -> String {
      text.replacing("TOKE[N]", with: "\(token.dropLast())[\(token.suffix(1))]").replacing(
        "TOKEN", with: token)
    }
    try scratch.write("c/Dockerfile", mine(each.dockerfile))
    let command = try scratch.builder("-o out \(each.options)").replacing("-q ", with: "").replacing(
      "img-build", with: "env --default-signal=INT,TERM img-build")
    let outcome = try scratch.run(
      """
      exec 2>/dev/null
      \(each.prepare)
      \(command) < \(each.input) > /dev/null 2> err & build=$!
      for _ in $(seq 200); do { \(mine(each.moment)); } && break; sleep 0.05; done
      begin=$(date +%s%N); kill -\(signal) $build; wait $build; status=$?
      took=$(( ($(date +%s%N) - begin) / 1000000 ))
      sleep 0.2
      echo "$status $([ $took -lt 1300 ] && echo soon || echo late $took)"
      \(mine("pgrep -f 'TOKE[N]'")); ls -A tmp
      [ ! -d home/.cache/ociutils/build/images ] || img-inspect --check home/.cache/ociutils/build/images > check 2>&1 || cat check
      [ ! -d out ] || img-inspect --check out > check 2>&1 || cat check
      """, timeout: 30)
    let more = try scratch.run("tail -c 2000 err").output
    #expect(
      outcome.output == "\(signal == "INT" ? 130 : 143) soon",
      "\(outcome)\n\(more)")
    if each.dockerfile.contains("echo first") {
      try scratch.write("c/Dockerfile", "FROM base\nRUN echo first\nRUN echo second\n")
      let again = try scratch.run("\(scratch.builder("-o out c").replacing("-q ", with: ""))")
      #expect(again.status == 0 && again.errors.contains("Using cache"), "\(again)")
    }
  }

  /// Several steps of all kinds.
  private static let dockerfile = """
    FROM base AS a
    RUN for n in 1 2 3 4 5 6 7 8; do mkdir /d$n; echo $n > /d$n/f; done
    COPY . /c
    FROM base
    COPY --from=a /c /d
    RUN --mount=type=cache,target=/m echo x >> /m/x; cp -r /d /e
    ENV a=b
    WORKDIR /w/x

    """

  @Test("killed at any moment, it leaves nothing that is not whole, and the next one goes on", .tags(.slow))
  func killed() throws {
    let scratch = try Scratch()
    let script = try scratch.building(Self.dockerfile, "-t x").replacing("--no-sync ", with: "")
    let outcome = try scratch.run(
      """
      for n in $(seq 40); do echo $n > c/x; done
      for n in $(seq 25); do
        echo $n > c/n
        (\(script.replacing("img-build", with: "exec img-build")) ) >/dev/null 2>&1 & pid=$!
        sleep 0.$(printf %02d $((RANDOM % 60))); kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
        for layout in out home/.cache/ociutils/build/images; do
          [ ! -e $layout/index.json ] || img-inspect --check $layout > check 2>&1 || { echo "$n: $layout"; cat check; }
        done
      done
      \(script) > operand || exit
      img-inspect --check out > check 2>&1 || cat check
      ls -A tmp layers/mounts 2>/dev/null | grep -v :
      """, timeout: 60)
    #expect(outcome.status <= 1 && outcome.output.isEmpty && !outcome.timedOut, "\(outcome)")
  }

  @Test(
    "eight at once, with one cache or several, give the same images; --prune beside them does no harm",
    .tags(.slow))
  func company() throws {
    let scratch = try Scratch()
    let script = try scratch.building(Self.dockerfile, "-t x").replacing("-o out", with: "-o out$n")
    let outcome = try scratch.run(
      """
      export SOURCE_DATE_EPOCH=1700000000; echo 1 > c/x
      for n in 1 2 3 4 5 6 7 8; do
        (\(script.replacing("img-build", with: "img-build --cache-dir cache$((n > 5))")) > log$n 2>&1; echo $? > status$n) &
      done
      for n in 1 2 3 4 5 6; do img-build --prune --cache-dir cache0 > /dev/null 2> prune || [ "$(wc -l < prune)" = 1 ] || cat prune; sleep 0.1; done
      wait
      cat status? | sort -u; cat log? | sed 's/.*@//' | sort -u | wc -l
      for layout in out? cache?/images; do img-inspect --check $layout > check 2>&1 || cat check; done
      """, timeout: 60)
    let more = try scratch.run("cat log?").output
    #expect(outcome.lines == ["0", "1"], "\(outcome)\n\(more)")
  }

  @Test(
    "a full disk is one line, and nothing with a name is half there",
    arguments: ["home/.cache/ociutils/build", "out", "layers", "tmp"], [64, 600, 3000])
  func fullDisk(place: String, size: Int) throws {
    let scratch = try Scratch()
    try scratch.ok("mkdir -p c; head -c 3000000 /dev/urandom > c/data")
    let input = place == "tmp" ? "tar c -C c . | " : ""
    var script = try scratch.building(
      "FROM base\nRUN head -c 3000000 /dev/urandom > /x\nCOPY data /d\nRUN rm /x\n", "",
      in: place == "tmp" ? "-" : "c")
    script = script.replacing("-o out", with: "-o out/layout")
    let outcome = try scratch.run(
      """
      mkdir -p \(place); unshare -m bash -c 'mount -t tmpfs -o size=\(size)k,mode=755 none \(place)
      \(input)\(script); status=$?
      for layout in out/layout home/.cache/ociutils/build/images; do
        [ ! -e $layout/index.json ] || img-inspect --check $layout > check 2>&1 || { echo $layout; cat check; }
      done
      umount \(place); exit $status'
      """, timeout: 30)
    scratch.expectDecent(outcome)
    #expect(outcome.status != 0 || size == 3000, "\(outcome)")
    #expect(outcome.status == 0 || outcome.output.isEmpty, "\(outcome)")
    #expect(try scratch.run("ls -A tmp").output.isEmpty)
  }

  @Test("a disk that can't be written is one line", arguments: ["home/.cache", "out", "layers", "tmp"])
  func readOnly(place: String) throws {
    let scratch = try Scratch()
    let script = try scratch.building(
      "FROM base\nRUN echo x > /x\nCOPY . /d\n", "", in: place == "tmp" ? "- < t" : "c"
    ).replacing("-o out", with: "-o out/layout")
    let outcome = try scratch.run(
      """
      tar cf t -C c .; mkdir -p \(place); unshare -m bash -c 'mount -t tmpfs -o ro none \(place); \(script)'
      """, timeout: 20)
    #expect(outcome.status != 0 && outcome.output.isEmpty, "\(outcome)")
    scratch.expectDecent(outcome)
  }
}
