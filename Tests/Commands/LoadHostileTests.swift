import Testing

/// Archives with something wrong: one line, status 6, a layout as it was, nothing left in .partial.
@Suite("img-load, bad input", .needs("jq"))
struct LoadHostileTests {
  private func make(_ kind: String, in scratch: Scratch) throws {
    try scratch.ok("/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/archive.py '\(kind)' a.tar")
  }

  /// What every refusal is, from a file and from a pipe, to a layout and to a stream.
  private func expectRefused(
    _ archive: String, in scratch: Scratch, containing words: String = "",
    location: SourceLocation = #_sourceLocation
  ) throws {
    let before = try scratch.snapshot("store")
    for way in [
      "img-load -i \(archive) -o store", "cat \(archive) | img-load -o store", "img-load < \(archive) | cat",
      "cat \(archive) | img-load | cat",
    ] {
      let outcome = try scratch.run(way, timeout: 60)
      #expect(outcome.status == 6 && !outcome.timedOut, "\(outcome)", sourceLocation: location)
      expectOneLine(outcome, from: "img-load", containing: words, location: location)
      #expect(!outcome.errors.utf8.contains(0x1b), "\(outcome)", sourceLocation: location)
    }
    let left = try scratch.ok("find store/.partial -type f 2>/dev/null | wc -l")
    #expect(left == "0", sourceLocation: location)
    // Only blobs may have come, that nothing names.
    #expect(try scratch.ok("jq '.manifests | length' store/index.json") == "1", sourceLocation: location)
    try scratch.expectWhole("store", "docker.io/library/small:1", location: location)
    #expect(try scratch.ok("ls -A tmp") == "", sourceLocation: location)
    if words.isEmpty { return }
    #expect(try scratch.snapshot("store") == before, sourceLocation: location)
  }

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.ok("img-save \(Images.layout.get()):small:latest | img-load -q -o store:small:1")
    return scratch
  }

  @Test(
    "a Docker archive that contradicts itself, or lacks what it lists", .tags(.hostile),
    arguments: [
      ("two-manifests", "two members manifest.json"), ("two-layers", "two members l/layer.tar"),
      ("listed-twice", "lists 1 layers, the manifest 2"),
      ("missing-layer", "lists l/layer.tar, which is not"),
      ("missing-config", "lists c.json, which is not"), ("link:../../etc/passwd", "links out of the archive"),
      ("link:/etc/passwd", "absolute"), ("hard:../etc/passwd", "leaves the archive"),
      ("hard:/etc/passwd", "absolute"), ("link:c.json/../../../x", "links out"), ("circle", "too many links"),
      ("manifest-link", "manifest.json is a link"), ("write-through", "absolute"),
      ("control-tag", "invalid reference"), ("control-layer", "not in the archive"),
      ("control-member", "leaves the archive"), ("diff-id", "the configuration calls layer"),
      ("few-diff-ids", "lists 0 layers"), ("config-name", "digest mismatch"), ("xz-layer", "compressed with"),
      ("large-manifest", "too many"), ("deep-manifest", "nested"),
    ])
  func contradicts(kind: String, words: String) throws {
    let scratch = try scratch()
    try make(kind, in: scratch)
    try expectRefused("a.tar", in: scratch, containing: words)
    #expect(try scratch.run("ls /tmp/ociutils-written").status != 0)
  }

  @Test(
    "what is only unusual is loaded", .tags(.hostile),
    arguments: ["good", "good-hardlink", "good-prefixed", "good-bomb"])
  func unusual(kind: String) throws {
    let scratch = try Scratch()
    try make(kind, in: scratch)
    try scratch.ok("img-load -q -i a.tar -o store; cat a.tar | img-load -q -o other; diff -r store other")
    try scratch.expectWhole("store", "docker.io/library/odd:1")
    #expect(try scratch.ok("du -s --apparent-size -B 1M store | cut -f 1") < "4", "nothing was unpacked")
  }

  @Test("archives cut anywhere are refused, plain and compressed", .tags(.hostile))
  func cut() throws {
    let scratch = try scratch()
    try scratch.ok(
      """
      img-save \(Images.layout.get()):busybox:latest > a.tar
      /usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/v1.py \(Images.layout.get()) busybox:latest v1.tar old:1
      skopeo --insecure-policy copy -q oci:\(Images.layout.get()):busybox:latest docker-archive:d.tar:new:1
      gzip -k1 d.tar; zstd -q d.tar; xz -k0 d.tar; bzip2 -k1 d.tar
      """)
    for archive in ["a.tar", "v1.tar", "d.tar"] {
      for length in try scratch.offsets("cut", archive) where length > 0 {
        let outcome = try scratch.run(
          "head -c \(length) \(archive) > cut; img-load -q -i cut -o store; [ $? = 6 ] && ! img-load -q -o store < <(cat cut)"
        )
        #expect(outcome.status == 0, "\(archive) cut to \(length): \(outcome)")
      }
    }
    for archive in ["d.tar.gz", "d.tar.zst", "d.tar.xz", "d.tar.bz2"] {
      let size = try scratch.read(archive).count
      for length in [1, 5, 17, size / 2, size - 9, size - 5, size - 1] {
        try scratch.ok("head -c \(length) \(archive) > cut")
        try expectRefused("cut", in: scratch)
      }
    }
    #expect(try scratch.run("img-load -o store < /dev/null").errors.contains("nothing arrived"))
  }

  @Test(
    "a flipped bit anywhere in a blob is found", .tags(.hostile), arguments: ["a.tar", "v1.tar", "d.tar"])
  func flipped(archive: String) throws {
    let scratch = try scratch()
    let make = [
      "a.tar": "img-save \(try Images.layout.get()):busybox:latest > a.tar",
      "v1.tar":
        "/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/v1.py \(try Images.layout.get()) busybox:latest v1.tar old:1",
      "d.tar":
        "skopeo --insecure-policy copy -q oci:\(try Images.layout.get()):busybox:latest docker-archive:d.tar:new:1",
    ]
    try scratch.ok(make[archive]!)
    // In an archive before 1.10 nothing tells what layers should be: there only headers are protected.
    let places = try scratch.offsets(archive == "a.tar" ? "blob" : "header", archive)
    for place in places {
      try scratch.flip(archive, at: place)
      let outcome = try scratch.run("rm -rf s; img-load -q -i \(archive) -o s")
      #expect(outcome.status == 6, "\(place): \(outcome)")
      try scratch.flip(archive, at: place)
    }
    try scratch.ok("img-load -q -i \(archive) -o store")
  }

  @Test(
    "input without end or sense ends", .tags(.hostile),
    arguments: ["/dev/zero", "/dev/urandom", "/dev/full", "/proc/self/mem", "/", "."])
  func endless(path: String) throws {
    let outcome = try Scratch().run("ulimit -v 4000000; img-load -o store -i \(path)", timeout: 20)
    #expect(!outcome.timedOut && (1...6).contains(outcome.status), "\(outcome)")
    expectOneLine(outcome, from: "img-load")
  }
}
