import Testing

/// The one-liner: img-pull REF | img-save > FILE.
@Suite(.needs("skopeo", "docker-registry", "jq"))
struct PipeTests {
  /// Pulls and saves a test image as busy.img; its reference.
  private func pipe(
    _ image: String, as name: String, in scratch: Scratch, options: String = "--all --preserve-digests"
  ) throws -> String {
    let reference = try Registry.plain.get().publish(image, as: name, options: options)
    let outcome = try scratch.run("img-pull \(reference) | img-save > busy.img")
    guard outcome.status == 0, outcome.errors.isEmpty else {
      throw CommandFailed(description: outcome.description)
    }
    return reference
  }

  @Test("the archive is a tar whose members come in the promised order, each once", .needs("file"))
  func order() throws {
    let scratch = try Scratch()
    _ = try pipe("app", as: "pipe/order", in: scratch)
    #expect(try scratch.ok("file -b busy.img").contains("tar archive"))
    let members = try scratch.ok("tar -tf busy.img").split(separator: "\n").filter { !$0.hasSuffix("/") }
    let blobs = try scratch.ok(
      """
      digest=$(tar -xOf busy.img index.json | jq -r '.manifests[0].digest'); path=blobs/${digest/://}
      echo $path; tar -xOf busy.img $path | jq -r '.config.digest, .layers[].digest' | sed 's,:,/,; s,^,blobs/,'
      """)
    #expect(members.first == "oci-layout")
    #expect(members.dropFirst().first == "index.json")
    #expect(members.filter { $0.hasPrefix("blobs/") } == blobs.split(separator: "\n"))
    #expect(members.contains("manifest.json"))
    #expect(members.contains("repositories"))
    #expect(Set(members).count == members.count)
  }

  @Test("modes, owners and times are fixed")
  func fixed() throws {
    let scratch = try Scratch()
    _ = try pipe("busybox", as: "pipe/fixed", in: scratch)
    let lines = try scratch.ok("tar --numeric-owner --full-time -tvf busy.img").split(separator: "\n")
    for line in lines {
      #expect(line.hasPrefix("-rw-r--r-- 0/0") || line.hasPrefix("drwxr-xr-x 0/0"), "\(line)")
      #expect(line.contains("1970-01-01 00:00:00"), "\(line)")
    }
  }

  @Test(
    "the archive of each test image loads in each engine and the image runs there", .needsRoot,
    .needs("dockerd", "podman", "ctr", "runc", "mmdebstrap"), .tags(.slow),
    arguments: Engine.allCases, ["busybox", "debian", "app", "app2", "multi", "plain", "labelled"])
  func runs(engine: Engine, image: String) throws {
    let scratch = try Scratch()
    let reference = try pipe(image, as: "pipe/runs-\(engine)/\(image)", in: scratch)
    let config = try scratch.ok(
      "tar -xOf busy.img manifest.json | jq -r '.[0].Config' | tr -d / | sed 's/.*sha256//; s/.json//'")
    try scratch.ok("\(engine.load()) < busy.img")
    #expect(try scratch.ok(engine.run("\(reference):latest", "echo it runs")) == "it runs")
    if engine != .containerd {
      #expect(
        try scratch.ok(engine.imageID("\(reference):latest")) == "sha256:\(config)",
        "the image ID is the config's digest")
    }
  }

  @Test(
    "an archive with Docker's media types loads and runs, too", .needsRoot,
    .needs("dockerd", "podman", "ctr", "runc"), arguments: Engine.allCases)
  func dockerTypes(engine: Engine) throws {
    let scratch = try Scratch()
    let reference = try pipe("app2", as: "pipe/v2s2-\(engine)", in: scratch, options: "--format v2s2")
    try scratch.ok("\(engine.load()) < busy.img")
    #expect(try scratch.ok(engine.run("\(reference):latest", "echo it runs")) == "it runs")
  }

  @Test(
    "skopeo inspects and copies it, as docker-archive and as oci-archive",
    arguments: ["docker-archive", "oci-archive"])
  func skopeo(transport: String) throws {
    let scratch = try Scratch()
    _ = try pipe("app", as: "pipe/skopeo-\(transport)", in: scratch)
    #expect(try scratch.ok("skopeo inspect \(transport):busy.img | jq '.Layers | length'") == "10")
    try scratch.ok("skopeo --insecure-policy copy -q \(transport):busy.img dir:copy")
    if transport == "oci-archive" {
      #expect(try scratch.ok("skopeo inspect oci-archive:busy.img | jq -r .Digest") == Images.digest("app"))
    }
  }

  @Test("umoci lists an unpacked archive", .needs("umoci"))
  func umoci() throws {
    let scratch = try Scratch()
    _ = try pipe("busybox", as: "pipe/umoci", in: scratch)
    try scratch.ok("mkdir layout; tar -xf busy.img -C layout")
    #expect(try !scratch.ok("umoci ls --layout layout").isEmpty)
    try scratch.expectWhole("layout")
  }

  @Test(
    "any compression around the stream is undone", .needs("zstd", "xz", "bzip2"),
    arguments: ["gzip", "zstd", "xz -0", "bzip2"])
  func compressed(tool: String) throws {
    let scratch = try Scratch()
    _ = try pipe("busybox", as: "pipe/compressed", in: scratch)
    try scratch.ok("\(tool) -c < busy.img | img-save > again.img && cmp busy.img again.img")
    try scratch.ok("\(tool) -c < busy.img > packed && img-save packed > again.img && cmp busy.img again.img")
  }

  @Test("the same input gives the same bytes, by every way, whatever the time and the umask")
  func deterministic() throws {
    let scratch = try Scratch()
    let reference = try pipe("app", as: "pipe/same", in: scratch)
    try scratch.ok(
      """
      (umask 077; TZ=Asia/Tokyo SOURCE_DATE_EPOCH=1 img-pull \(reference) | img-save > 1.img)
      img-pull -q -o store \(reference) > operand
      img-save store > 2.img; img-save "$(cat operand)" > 3.img; img-save -o 4.img store; img-save < busy.img > 5.img
      img-save busy.img > 6.img; cat busy.img | img-save - > 7.img
      for number in 1 2 3 4 5 6 7; do cmp busy.img $number.img || exit; done
      """)
  }

  @Test("no temporary file is made, with TMPDIR and HOME unwritable", .needs("strace"))
  func noTemporaryFile() throws {
    let scratch = try Scratch()
    let reference = try Registry.plain.get().publish("app", as: "pipe/no-temporary")
    let environment = ["TMPDIR": "/nonexistent", "HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/nonexistent"]
    try scratch.ok("cd /proc; img-pull \(reference) | img-save > \(scratch.path)/busy.img", environment)
    try scratch.ok(
      """
      cd /proc; strace -f -qq -e trace=open,openat,openat2,creat,memfd_create,mkdir,mkdirat -o \(scratch.path)/1 img-pull \(reference) |
      strace -f -qq -e trace=open,openat,openat2,creat,memfd_create,mkdir,mkdirat -o \(scratch.path)/2 img-save > \(scratch.path)/busy.img
      """, environment)
    #expect(try scratch.run("grep -hE 'O_CREAT|O_TMPFILE|creat\\(|memfd|mkdir' 1 2").output == "")
  }

  @Test(
    "a stream is not written to a terminal", .needs("script"),
    arguments: ["img-pull REF", "img-save busy.img", "img-save < busy.img"])
  func terminal(command: String) throws {
    let scratch = try Scratch()
    let reference = try pipe("busybox", as: "pipe/terminal", in: scratch)
    let command = command.split(separator: "REF", omittingEmptySubsequences: false).joined(
      separator: reference)
    let outcome = try scratch.run("script -qefc '\(command)' /dev/null < /dev/null")
    #expect(outcome.status == 2, "\(outcome)")
    #expect(
      outcome.output.contains("terminal") && outcome.output.contains("-o"),
      "it says which option to use: \(outcome)")
  }

  @Test("several references become one stream, and it holds them all")
  func several() throws {
    let registry = try Registry.plain.get()
    let (one, two) = try (
      registry.publish("app", as: "pipe/several/one"), registry.publish("app2", as: "pipe/several/two")
    )
    let scratch = try Scratch()
    try scratch.ok(
      "img-pull \(one) \(two) > both.img; img-save -:\(two) < both.img > two.img; img-pull \(two) | img-save > 2.img; cmp two.img 2.img"
    )
    #expect(try scratch.ok("tar -tf both.img | sort | uniq -d") == "", "each blob once")
  }

  @Test("with a stream the first failure ends the run before the first byte")
  func firstFailure() throws {
    let registry = try Registry.plain.get()
    let reference = try registry.publish("busybox", as: "pipe/first")
    let outcome = try Scratch().run("img-pull \(reference) \(registry.host)/pipe/nothing")
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.bytes.isEmpty)
    expectOneLine(outcome, from: "img-pull")
  }

  @Test("nothing on standard input is an error that says so")
  func nothing() throws {
    let outcome = try Scratch().run("img-save < /dev/null")
    #expect(outcome.status == 6, "\(outcome)")
    expectOneLine(outcome, from: "img-save", containing: "nothing arrived (did the command before fail?)")
    let pipe = try Scratch().run("img-pull 127.0.0.1:1/nothing | img-save > x; echo ${PIPESTATUS[*]}")
    #expect(pipe.output == "5 6", "\(pipe)")
  }
}
