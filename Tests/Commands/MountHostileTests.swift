import Testing

/// Layers that want out: nothing around the root changes, whatever a tar says.
@Suite("img-mount, bad input", .needsRoot, .needs("unshare", "jq"))
struct MountHostileTests {
  /// A layout `evil` with one image, of the layers that `layers` (Python, the words of Fixtures/layers.py) lists.
  private func make(_ layers: String, in scratch: Scratch) throws {
    try scratch.write(
      "make.py",
      """
      import sys
      sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      from layers import *
      HERE = "\(scratch.path)"
      def big(name, size, real=b""):
          made, _ = file(name, real)
          made.size = size
          return made.tobuf(tarfile.PAX_FORMAT) + real
      def raw(*entries, **changes):
          return layer(*entries)
      store = images.Layout("evil")
      store.name(store.image([store.layer(one) for one in [\(layers)]]), "x")
      store.finish()
      """)
    try scratch.ok("/usr/bin/python3 -B make.py")
  }

  /// Files around everything that is written to, and how they are listed.
  private func canaries(in scratch: Scratch) throws {
    try scratch.ok(
      """
      mkdir -p outside/directory layers m; echo canary > canary; echo canary > outside/canary; chmod 640 canary
      echo canary > outside/directory/x; echo canary > layers/canary
      cat > look <<'END'
      for each in canary outside; do find $each -printf '%p %i %n %m %u %s %T@ %C@ %y\n'; done | sort
      cat layers/canary; ls -A | grep -v -e '^copy$' -e '^after$' -e '^before$'
      END
      """)
    try scratch.ok("bash look > before")
  }

  private static let attacks: [String] = [
    // Out by name.
    #"layer(file("../canary"))"#, #"layer(file("../../../../../../canary"))"#,
    #"layer(file(HERE + "/canary"))"#,
    #"layer(file("a/../../canary"))"#, #"layer(folder("a"), file("a/../../../../canary"))"#,
    #"layer(folder(".."))"#,
    #"layer(folder("../outside", 0o777))"#, #"layer(link("../canary", "x"))"#,
    #"layer(file("x"), hard("../canary", "x"))"#,
    // Through a symbolic link of the same layer.
    #"layer(link("x", HERE + "/outside"), file("x/canary"))"#,
    #"layer(link("x", "../../../../outside"), file("x/canary"))"#,
    #"layer(link("x", ".."), link("y", "x/.."), file("y/../canary"))"#,
    #"layer(link("x", "/"), file("x/" + HERE + "/canary"))"#,
    #"layer(link("x", HERE + "/outside"), folder("x/directory", 0o777))"#,
    #"layer(link("x", HERE + "/canary"), file("x"))"#,
    #"layer(link("x", HERE + "/outside"), folder("x", 0o777))"#,
    #"layer(link("x", HERE + "/outside"), folder("x/"), file("x/canary"))"#,
    #"layer(folder("d"), file("d/a"), link("d", HERE + "/outside"), file("d/canary"))"#,
    #"layer(link("x", "y"), link("y", HERE + "/outside"), file("x/canary"), entry(tarfile.FIFOTYPE, "x/fifo"), link("x/l", "z"))"#,
    #"layer(link("x", "/proc/self/root" + HERE + "/outside"), file("x/canary"))"#,
    #"layer(link("x", "/proc/self/cwd/../outside"), file("x/canary"))"#,
    // Through a link of a lower layer, the parents implied.
    #"layer(link("x", HERE + "/outside")), layer(file("x/canary"))"#,
    #"layer(link("x", "../../../../outside")), layer(file("x/canary"))"#,
    #"layer(link("x", HERE + "/outside")), layer(gone("x/canary"), opaque("x/directory"))"#,
    #"layer(link("x", HERE + "/outside")), layer(folder("x", 0o777), file("x/canary"))"#,
    // Hard links to what is outside, then written to.
    #"layer(hard("x", "../../../../canary"), file("x"))"#,
    #"layer(hard("x", HERE + "/canary"), file("x", mode=0o777))"#,
    #"layer(link("l", HERE + "/canary"), hard("x", "l"), file("x"))"#,
    #"layer(link("l", HERE), hard("x", "l/canary"), file("x", mode=0o777))"#,
    #"layer(link("l", HERE)), layer(hard("x", "l/canary"), file("x", mode=0o777))"#,
    #"layer(hard("x", "x"))"#, #"layer(hard("x", "y"), hard("y", "x"))"#,
    #"layer(folder("d"), hard("x", "d"))"#, #"layer(hard("x", "."))"#,
    // Whiteouts that remove something else.
    #"layer(link("x", HERE + "/outside"), gone("x/canary"))"#,
    #"layer(link("x", HERE + "/outside"), opaque("x"))"#,
    #"layer(gone("../canary"), gone("../../canary"))"#, #"layer(file(".wh..."))"#, #"layer(file(".wh.."))"#,
    #"layer(file(".wh."))"#,
    #"layer(file("d/.wh..", b""))"#, #"layer(file("d/.wh...", b""))"#, #"layer(file(".wh..wh.other"))"#,
    #"layer(file(".wh..wh.aufs/../../../canary"))"#, #"layer(folder(".wh.d"), file(".wh.d/x"))"#,
    #"layer(link(".wh.canary", HERE + "/canary"))"#,
    // The root itself.
    #"layer(link(".", HERE + "/outside"), file("canary"))"#, #"layer(file("."))"#, #"layer(link("/", "x"))"#,
    #"layer(file(""))"#,
    #"layer(gone("."))"#, #"layer(hard(".", "x"))"#, #"layer(entry(tarfile.FIFOTYPE, "./"))"#,
    // Attributes by way of a link.
    #"layer(link("x", HERE + "/canary", xattrs={"user.evil": b"1", "security.capability": capability(1)}, owner=(9, 9)))"#,
    #"layer(link("x", HERE + "/canary"), link("x", HERE + "/canary", time="1.5"))"#,
    // Files that hang whoever opens them.
    #"layer(entry(tarfile.FIFOTYPE, "p"), file("p"))"#,
    #"layer(entry(tarfile.FIFOTYPE, "p"), hard("q", "p"), file("q"))"#,
    #"layer(entry(tarfile.CHRTYPE, "t", device=(5, 0)), file("t"))"#,
    #"layer(entry(tarfile.FIFOTYPE, "p")), layer(hard("q", "p"), file("p/x"))"#,
    // Cycles.
    #"layer(link("x", "y"), link("y", "x"), file("x/z"))"#, #"layer(link("x", "x")), layer(file("x/z"))"#,
  ]

  @Test("no tar reaches what is around the root, as root nor as a user", .tags(.hostile), arguments: attacks)
  func contained(layers: String) throws {
    let scratch = try Scratch()
    try make(layers, in: scratch)
    try canaries(in: scratch)
    for way in ["-n evil", "--unpack evil copy", "evil m -- true"] {
      let outcome = try scratch.run("IMG_LAYERS=$PWD/layers img-mount -q \(way) >/dev/null", timeout: 20)
      #expect([0, 6].contains(outcome.status) && !outcome.timedOut, "\(outcome)")
      if outcome.status != 0 { expectOneLine(outcome, from: "img-mount") }
      let after = try scratch.run("bash look > after; diff before after")
      #expect(after.output.isEmpty, "\(way): \(after)")
      // What failed is not there, neither whole nor in part.
      #expect(
        try scratch.ok("find layers -path '*/.new/*' | head; ls -A copy 2>/dev/null | head -0; rm -rf copy")
          == "")
    }
    let user = try scratch.run(
      scratch.asUser(
        "IMG_LAYERS=$PWD/users img-mount -q evil m -- true; s=$?; rm -rf users; exit $s",
        prepare: "chown 0 /etc/shadow"), timeout: 20)
    #expect([0, 6].contains(user.status) && !user.timedOut, "\(user)")
  }

  @Test("a layer does not speak overlayfs's language", .tags(.hostile))
  func smuggling() throws {
    let scratch = try Scratch()
    try make(
      #"""
      layer(folder("a"), file("a/below"), folder("b"), file("b/x"), file("f")),
      layer(folder("a", xattrs={"trusted.overlay.opaque": b"y", "user.overlay.opaque": b"y"}), file("a/new"),
            folder("c", xattrs={"trusted.overlay.redirect": b"/b", "user.overlay.redirect": b"/b", "trusted.overlay.origin": b"x"}),
            file("m", xattrs={"trusted.overlay.metacopy": b"", "trusted.overlay.redirect": b"/f", "user.overlay.whiteout": b"y"}),
            folder("w", xattrs={"trusted.overlay.whiteouts": b"y", "user.overlay.whiteouts": b"y", "trusted.overlay.overlay.opaque": b"y"}),
            entry(tarfile.CHRTYPE, "f", device=(0, 0)))
      """#, in: scratch)
    let outcome = try scratch.run(
      """
      mkdir m; export IMG_LAYERS=$PWD/layers; set -o pipefail; img-mount -q evil m -- find m | sort || exit
      find layers -path '*/tree/*' | while read f; do getfattr -h --absolute-names -d -m overlay "$f"; done
      """)
    // A device 0:0 is data of a stranger: an error, or left out, but not a whiteout.
    if outcome.status == 0 {
      #expect(
        outcome.lines == ["m", "m/a", "m/a/below", "m/a/new", "m/b", "m/b/x", "m/c", "m/f", "m/m", "m/w"],
        "\(outcome)")
    } else {
      #expect(outcome.status == 6, "\(outcome)")
    }
  }

  @Test(
    "a layer that is not what the configuration says is status 6, and no layer", .tags(.hostile),
    arguments: ["gzip", "none", "zstd"])
  func wrongDiffID(compression: String) throws {
    let scratch = try Scratch()
    try make(
      #"layer(file("good"))"#, in: scratch)
    try scratch.write(
      "wrong.py",
      """
      import sys
      sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      from layers import *
      store = images.Layout("wrong")
      good, bad = store.layer(layer(file("good"))), store.layer(layer(file("bad")), "\(compression)")
      store.name(store.image([good, (bad[0], store.layer(layer(file("other")))[1])]), "x")
      store.finish()
      """)
    try scratch.ok("/usr/bin/python3 -B wrong.py; mkdir m")
    for way in ["-n wrong", "--unpack wrong copy", "wrong m -- true"] {
      let outcome = try scratch.run("IMG_LAYERS=$PWD/layers img-mount -q \(way)")
      #expect(outcome.status == 6 && outcome.output.isEmpty, "\(outcome)")
      expectOneLine(outcome, from: "img-mount")
      #expect(try scratch.ok("find layers -name bad; ls copy 2>/dev/null || true; ls -A m") == "")
    }
  }

  @Test("one changed bit in a layer is status 6, in a layout and in a stream", .tags(.hostile))
  func flipped() throws {
    let scratch = try Scratch()
    try make(#"layer(*[file("f%d" % n, b"%d" % n * 1000) for n in range(50)])"#, in: scratch)
    let blob = try scratch.ok(
      "img-save -q evil > a.img; jq -r '.layers[0].digest' evil/blobs/sha256/$(jq -r '.manifests[0].digest' evil/index.json | cut -c 8-) | sed 's,:,/,'"
    )
    let size = try scratch.read("evil/blobs/\(blob)").count
    for place in [0, 3, 10, size / 3, size / 2, size - 9, size - 1] {
      try scratch.flip("evil/blobs/\(blob)", at: place)
      let outcome = try scratch.run("IMG_LAYERS=$PWD/layers img-mount -q --unpack evil copy")
      #expect(outcome.status == 6, "\(place): \(outcome)")
      expectOneLine(outcome, from: "img-mount")
      #expect(try scratch.ok("find layers copy -name f1 2>/dev/null || true") == "", "\(place)")
      try scratch.flip("evil/blobs/\(blob)", at: place)
    }
    for place in try scratch.offsets("blob", "a.img") {
      try scratch.flip("a.img", at: place)
      let outcome = try scratch.run("IMG_LAYERS=$PWD/layers img-mount -q --unpack - copy < a.img")
      #expect(outcome.status == 6, "\(place): \(outcome)")
      #expect(try scratch.ok("find layers copy -name f1 2>/dev/null || true") == "", "\(place)")
      try scratch.flip("a.img", at: place)
    }
  }

  @Test(
    "bombs stop at their limits before the disk is full", .tags(.hostile),
    arguments: [
      #"layer(file("zeros", bytes(300 << 20)))"#, #"big("huge", 1 << 62)"#, #"big("huge", (1 << 63) - 1)"#,
      #"layer(*[file("f%d" % n, bytes(1 << 20)) for n in range(300)])"#,
      #"layer(file("a", bytes(90 << 20))), layer(file("b", bytes(90 << 20)))"#,
    ])
  func bombs(layers: String) throws {
    let scratch = try Scratch()
    try make(layers, in: scratch)
    let outcome = try scratch.run(
      "IMG_LAYERS=$PWD/layers img-mount -q --max-size 100M -n evil; du -sm layers | cut -f 1", timeout: 60)
    #expect(outcome.output.split(separator: "\n").last.flatMap { Int($0) } ?? 999 <= 100, "\(outcome)")
    let again = try scratch.run("IMG_LAYERS=$PWD/layers img-mount -q --max-size 100M -n evil", timeout: 60)
    #expect((1...6).contains(again.status), "\(again)")
    expectOneLine(again, from: "img-mount")
  }

  @Test(
    "names and paths too long, files for directories and numbers that overflow are one line or a tree",
    .tags(.hostile),
    arguments: [
      #"layer(file("n" * 256))"#, #"layer(file("n" * 4096))"#, #"layer(file("/".join(["d" * 100] * 60)))"#,
      #"layer(file("a/" * 3000 + "x"))"#,
      #"layer(link("l", "t" * 4096))"#, #"layer(link("l", ""))"#, #"layer(file("f"), file("f/x"))"#,
      #"layer(file("f")), layer(file("f/x"))"#,
      #"layer(file("f", owner=(1 << 32, 1 << 40)))"#, #"layer(file("f", time="1e99"))"#,
      #"layer(file("f", time="99999999999999999999"))"#,
      #"layer(file("f", time="nan"))"#, #"layer(entry(tarfile.CHRTYPE, "c", device=(4095, 1048575)))"#,
      #"layer(entry(tarfile.CHRTYPE, "c", device=(1 << 20, 1 << 20)))"#,
      #"layer(entry(b"Z", "strange"))"#, #"layer(file("f\0g"))"#,
      #"layer(file("f", xattrs={"user." + "n" * 300: b"1"}))"#,
      #"layer(file("f", xattrs={"user.large": b"v" * 70000}))"#,
      #"layer(file("f", xattrs={"nonsense": b"v", "": b"v", "system.foo": b""}))"#,
      #"b"not a tar" * 1000"#, #"layer(file("x"))[:300]"#, #"b"""#, #"layer(file("f"))[:-1024]"#,
    ])
  func strange(layers: String) throws {
    let scratch = try Scratch()
    try make(layers, in: scratch)
    try canaries(in: scratch)
    let outcome = try scratch.run("IMG_LAYERS=$PWD/layers img-mount -q --unpack evil copy", timeout: 20)
    #expect([0, 1, 6].contains(outcome.status) && !outcome.timedOut, "\(outcome)")
    if outcome.status != 0 {
      expectOneLine(outcome, from: "img-mount")
      #expect(try scratch.ok("ls -d copy 2>/dev/null; find layers -path '*/.new/*'") == "")
    }
    #expect(try scratch.run("bash look > after; diff before after").output.isEmpty)
    #expect(!outcome.errors.utf8.contains(0x1b), "\(outcome)")
  }

  @Test("100,000 entries in one directory are unpacked in seconds", .tags(.slow))
  func manyEntries() throws {
    let scratch = try Scratch()
    try make(#"layer(*[file("d/%06d" % n, b"") for n in range(100000)])"#, in: scratch)
    #expect(
      try scratch.ok("mkdir m; IMG_LAYERS=$PWD/layers img-mount -q evil m -- ls m/d | wc -l", timeout: 30)
        == "100000")
  }

  @Test("what an error says of names is safe for a terminal", .tags(.hostile))
  func safe() throws {
    let scratch = try Scratch()
    try make(#"layer(file("a\x1b[2J\n/.wh.."))"#, in: scratch)
    let outcome = try scratch.run("IMG_LAYERS=$PWD/layers img-mount -q -n evil")
    #expect(outcome.status == 6, "\(outcome)")
    expectOneLine(outcome, from: "img-mount")
    #expect(!outcome.errors.utf8.contains(0x1b))
  }
}
