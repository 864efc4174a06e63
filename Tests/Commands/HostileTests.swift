import Testing

/// What a registry can do wrong: one clear line, the right exit status, and a layout as it was before.
@Suite(.tags(.hostile), .needs("jq"))
struct HostileTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var behaviour: String
    var status: Int32
    var words = ""
    var options = ""
    var testDescription: String { behaviour }
    init(_ behaviour: String, _ status: Int32, _ words: String = "", options: String = "") {
      (self.behaviour, self.status, self.words, self.options) = (behaviour, status, words, options)
    }
  }

  static let documents = [
    Case("html", 6), Case("html-as-json", 6), Case("empty", 6), Case("huge-json", 6), Case("deep-json", 6),
    Case("duplicate-keys", 6), Case("truncated-json", 6), Case("schema1", 6, "schema"),
    Case("wrong-content-type", 6),
    Case("confusion", 6), Case("index-as-manifest", 6), Case("self-listing", 6),
    Case("self-listing", 6, options: "--all-platforms"), Case("negative-size", 6), Case("float-size", 6),
    Case("overflow-size", 6), Case("huge-size", 6), Case("small-size", 6), Case("bad-digest", 6),
    Case("unknown-algorithm", 6), Case("no-layers", 6), Case("no-config", 6), Case("endless-manifest", 6),
  ]
  static let blobs = [
    Case("blob-flip", 6), Case("config-flip", 6), Case("blob-short", 6), Case("blob-long", 6),
    Case("blob-endless", 6),
    Case("blob-html", 6), Case("blob-404", 3), Case("cut-always", 5),
  ]
  static let refusals = [
    Case("always-401", 4), Case("always-403", 4), Case("always-404", 3), Case("always-429", 5),
    Case("always-500", 5),
    Case("always-503", 5), Case("always-418", 1, "418"), Case("no-challenge", 4), Case("basic", 4, "login"),
    Case("bearer-login", 4, "login"), Case("bearer-wrong", 4), Case("reset-at-once", 5), Case("429-hour", 5),
  ]

  @Test("is refused, and the layout stays as it was", arguments: documents + blobs + refusals)
  func refused(_ item: Case) throws {
    let hostile = try HostileRegistry.shared.get()
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o store \(hostile.host)/good/small")
    let before = try scratch.snapshot("store")
    let outcome = try scratch.run(
      "img-pull -q \(item.options) -o store \(hostile.host)/\(item.behaviour)/layout/busybox", timeout: 90)
    #expect(!outcome.timedOut, "\(outcome)")
    #expect(outcome.status == item.status, "\(outcome)")
    #expect(outcome.output == "", "\(outcome)")
    expectOneLine(outcome, from: "img-pull", containing: item.words)
    // Blobs that were whole may stay, for the next run; everything else is as it was.
    let after = try Set(scratch.snapshot("store").split(separator: "\n"))
    #expect(after.isSuperset(of: before.split(separator: "\n")))
    #expect(
      after.count == before.split(separator: "\n").count
        || after.allSatisfy { $0.contains("/blobs/") || before.contains($0) })
    try scratch.expectWhole("store", "\(hostile.host)/good/small:latest")
  }

  @Test("breaks the stream inside a blob, and whatever reads it fails", arguments: blobs)
  func broken(_ item: Case) throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    let outcome = try scratch.run(
      "img-pull -q \(host)/\(item.behaviour)/stream/busybox 2>errors | tee stream | img-save > saved; echo ${PIPESTATUS[*]}; wc -l < errors",
      timeout: 90)
    #expect(outcome.output == "\(item.status) 0 6\n1", "\(outcome)")
    #expect(try scratch.run("tar -tf stream").status != 0, "tar notices, too")
    #expect(try scratch.run("tar -tf saved").status != 0)
    #expect(try scratch.run("img-save < saved").status == 6)
  }

  @Test(
    "is overcome, and what arrives is right",
    arguments: [
      "503-twice", "429-once", "cut-once", "cut-forward", "cut-no-range", "no-digest-header",
      "redirect-host",
      "slow", "bearer", "wrong-digest-header",
    ], ["-o store", "| img-save >"])
  func overcome(behaviour: String, way: String) throws {
    let hostile = try HostileRegistry.shared.get()
    let scratch = try Scratch()
    let toLayout = way == "-o store"
    let reference = "\(hostile.host)/\(behaviour)/overcome-\(toLayout ? "layout" : "stream")/busybox"
    if toLayout {
      let outcome = try scratch.run("img-pull -q -o store \(reference)", timeout: 60)
      #expect(outcome.status == 0, "\(outcome)")
    } else {
      try scratch.ok(
        "img-pull \(reference) | img-save > a.img; mkdir store; tar -xf a.img -C store", timeout: 60)
    }
    try scratch.expectWhole("store", "\(reference):latest")
    #expect(try scratch.digest(layout: "store") == Images.digest("busybox"))
  }

  @Test("a cut download goes on with a Range request")
  func range() throws {
    let hostile = try HostileRegistry.shared.get()
    try Scratch().ok("img-pull -q -o store \(hostile.host)/cut-once/range/busybox")
    let ranges = try hostile.requests("cut-once/range").filter { $0.range != "-" }
    #expect(ranges.count == 1 && ranges[0].status == "206", "\(ranges)")
  }

  @Test("a download that was resumed with other bytes is refused, and the next run starts it anew")
  func flippedRest() throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    let outcome = try scratch.run("img-pull -q -o store \(host)/cut-flip/layout/busybox")
    #expect(outcome.status == 6, "\(outcome)")
    try scratch.ok("img-pull -q -o store \(host)/cut-flip/layout/busybox")
    try scratch.expectWhole("store", "\(host)/cut-flip/layout/busybox:latest")
  }

  @Test("an answer with another range than the one asked for is not taken")
  func wrongRange() throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    let outcome = try scratch.run("img-pull -q -o store \(host)/cut-wrong-range/layout/busybox", timeout: 90)
    #expect([5, 6].contains(outcome.status), "\(outcome)")
    expectOneLine(outcome, from: "img-pull")
  }

  @Test(
    "redirects that never end or leave http end in one line", arguments: ["redirect-loop", "redirect-file"])
  func redirects(behaviour: String) throws {
    let host = try HostileRegistry.shared.get().host
    let scratch = try Scratch()
    let outcome = try scratch.run("img-pull -q -o store \(host)/\(behaviour)/layout/busybox", timeout: 60)
    #expect([1, 4, 5, 6].contains(outcome.status) && !outcome.timedOut, "\(outcome)")
    expectOneLine(outcome, from: "img-pull")
  }

  @Test("an index that holds 2^30 paths is walked once per document")
  func exponential() throws {
    let hostile = try HostileRegistry.shared.get()
    let scratch = try Scratch()
    for option in ["", "--all-platforms"] {
      let outcome = try scratch.run(
        "img-pull \(option) -o store \(hostile.host)/exponential/layout/busybox", timeout: 30)
      #expect(!outcome.timedOut, "\(outcome)")
    }
    #expect(try hostile.requests("exponential/layout").count < 100)
  }

  @Test("a manifest that differs from the digest asked for is refused")
  func otherManifest() throws {
    let host = try HostileRegistry.shared.get().host
    let outcome = try Scratch().run(
      "img-pull -q -o store \(host)/manifest-flip/layout/busybox@\(Images.digest("busybox"))")
    #expect(outcome.status == 6, "\(outcome)")
    expectOneLine(outcome, from: "img-pull")
  }

  @Test("addresses that an image names are not asked, unless --foreign; what is left out is listed")
  func foreign() throws {
    let hostile = try HostileRegistry.shared.get()
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o store \(hostile.host)/foreign/layout/busybox")
    #expect(try hostile.requests("/foreign-url").isEmpty)
    #expect(try hostile.requests("/v2/foreign/layout/busybox/blobs").count == 1, "the config only")
    #expect(try scratch.ok("grep -c org.ociutils.absent store/index.json") == "1")
    let asked = try scratch.run("img-pull -q --foreign -o store2 \(hostile.host)/foreign/layout/busybox")
    #expect(try asked.status == 0 || !hostile.requests("/foreign-url").isEmpty, "\(asked)")
  }

  @Test(
    "references out of the grammar are the command line's fault",
    arguments: ["UPPER:1", "x/UPPER", "a//b", "a:b:c:d", "x@sha256:12", "-", "a b", "https://x/y", ""])
  func grammar(reference: String) throws {
    let outcome = try Scratch().run("img-pull -q -o store -- '\(reference)'")
    #expect(outcome.status == 2, "\(outcome)")
    #expect(outcome.errors.hasPrefix("img-pull: "), "\(outcome)")
  }

  @Test("an unreachable registry is status 5", arguments: ["127.0.0.1:1/x", "registry.invalid/x"])
  func unreachable(reference: String) throws {
    let outcome = try Scratch().run("img-pull -q -o store \(reference)", timeout: 90)
    #expect(outcome.status == 5, "\(outcome)")
    expectOneLine(outcome, from: "img-pull")
  }
}
