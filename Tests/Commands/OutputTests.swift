import Testing

/// What happens to the bytes that a command writes: full disks, closed pipes, places that are not there.
@Suite(.needs("jq"))
struct OutputTests {
  @Test(
    "a full device is an error, not success",
    arguments: ["img-pull -q REF", "img-save store", "img-save < busy.img"])
  func full(command: String) throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o store \(host)/good/busybox; img-save store > busy.img")
    let command = command.split(separator: "REF", omittingEmptySubsequences: false).joined(
      separator: "\(host)/good/busybox")
    let outcome = try scratch.run("\(command) > /dev/full")
    #expect(outcome.status == 1, "\(outcome)")
    expectOneLine(outcome, from: String(command.prefix(8)), containing: "No space left on device")
  }

  @Test(
    "what --help and --version print, too",
    arguments: ["img-pull --help", "img-save --version", "img-pull -o store REF"])
  func fullText(command: String) throws {
    let host = try HostileRegistry.shared.get().host
    let command = command.split(separator: "REF", omittingEmptySubsequences: false).joined(
      separator: "\(host)/good/small")
    let outcome = try Scratch().run("\(command) > /dev/full")
    #expect(outcome.status == 1, "\(outcome)")
    expectOneLine(outcome, from: String(command.prefix(8)))
  }

  @Test("a file system that fills up: status 1, one line, nothing new under a name", .needsRoot)
  func noSpace() throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o whole \(host)/good/app")
    let script = """
      mkdir small; mount -t tmpfs -o size=2m none small
      img-pull -q -o small/store \(host)/good/small >/dev/null || exit 90
      img-pull -q -o small/store \(host)/good/app; echo $?
      /usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/check.py small/store \(host)/good/small:latest || exit 91
      rm -rf small/store; echo old > small/app.img
      img-save -o small/app.img whole; echo $?; cat small/app.img; ls -A small
      """
    try scratch.write("script", script)
    let outcome = try scratch.run("unshare -m bash script")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output == "1\n1\nold\napp.img", "\(outcome)")
    #expect(outcome.errors.split(separator: "\n").count == 2, "\(outcome)")
  }

  @Test(
    "a closed pipe ends a command silently by SIGPIPE, as it does cat",
    arguments: ["img-pull REF", "img-save store", "img-save busy.img", "cat busy.img | img-save"])
  func closedPipe(command: String) throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o store \(host)/good/app; img-save store > busy.img")
    let command = command.split(separator: "REF", omittingEmptySubsequences: false).joined(
      separator: "\(host)/good/app")
    let outcome = try scratch.run("\(command) | head -c 100 > /dev/null; echo ${PIPESTATUS[*]}")
    #expect(outcome.output.hasSuffix("141 0"), "\(outcome)")
    #expect(outcome.errors == "", "\(outcome)")
    // Even where the caller ignores the signal.
    let ignored = try scratch.run("trap '' PIPE; \(command) | head -c 100 > /dev/null; echo ${PIPESTATUS[*]}")
    #expect(ignored.errors.split(separator: "\n").filter { $0.hasPrefix("img-") }.isEmpty, "\(ignored)")
  }

  @Test(
    "a layout that can't be made or written is denied or not found", .needsRoot,
    arguments: ["/proc/store", "/dev/null/store", "ro/store", "file"])
  func unwritable(place: String) throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    try scratch.write(
      "script",
      "mkdir ro; mount -t tmpfs -o ro none ro; echo x > file; img-pull -q -o \(place) \(host)/good/small")
    let outcome = try scratch.run("unshare -m bash script")
    #expect((1...6).contains(outcome.status) && outcome.status != 2 && outcome.status != 5, "\(outcome)")
    expectOneLine(outcome, from: "img-pull")
    let archive = try scratch.run("img-save -o \(place)/x.img \(Images.layout.get()):small:latest")
    #expect([1, 3, 4].contains(archive.status), "\(archive)")
    expectOneLine(archive, from: "img-save")
  }

  @Test("closed standard descriptors do no harm", arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
  func closed(redirection: String) throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    _ = try scratch.run("img-pull -q -o store \(host)/good/app \(redirection)")
    try scratch.expectWhole("store", "\(host)/good/app:latest")
    let outcome = try scratch.run("img-save -o app.img store \(redirection)")
    #expect(outcome.status == 0, "\(outcome)")
    try scratch.ok("img-save app.img | cmp - app.img")
  }

  @Test("progress on a terminal does not end up in the stream", .needs("script"))
  func bars() throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    try scratch.ok(
      """
      img-pull -q \(host)/slow/bars/app > quiet.img
      TERM=xterm script -qefc 'img-pull \(host)/slow/bars/app > bars.img' typescript < /dev/null > /dev/null
      cmp quiet.img bars.img
      """)
    #expect(try scratch.ok("grep -ac 'Pull complete' typescript") != "0")
  }
}
