import Testing

/// img-pull from a real registry to a layout.
@Suite(.needs("skopeo", "docker-registry", "jq"))
struct PullTests {
  @Test(
    "an image arrives whole under its name, and its operand is printed",
    arguments: ["busybox", "app", "zstd", "plain", "labelled"])
  func arrives(image: String) throws {
    let reference = try Registry.plain.get().publish(image, as: "pull/arrives/\(image)")
    let scratch = try Scratch()
    let outcome = try scratch.run("img-pull -o store \(reference)")
    let digest = try Images.digest(image)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors.isEmpty, "nothing is said where standard error is no terminal: \(outcome)")
    #expect(outcome.lines.count == 1)
    #expect(
      outcome.output.hasPrefix("store:127.0.0.1:") && outcome.output.hasSuffix("@\(digest)"), "\(outcome)")
    try scratch.expectWhole("store", "\(reference):latest")
    #expect(try scratch.digest(layout: "store") == digest)
    let stored = try scratch.read("store/blobs/\(digest.split(separator: ":").joined(separator: "/"))")
    #expect(try stored == Images.blob(digest), "the manifest is stored byte for byte")
  }

  @Test("a second pull costs one manifest request, moves nothing and says Already exists")
  func again() throws {
    let registry = try Registry.plain.get()
    let reference = try registry.publish("app", as: "pull/again")
    let scratch = try Scratch()
    try scratch.ok("img-pull -o store \(reference)")
    let before = try (scratch.snapshot("store"), registry.requests("pull/again").count)
    let outcome = try scratch.run("img-pull --progress plain -o store \(reference)")
    #expect(outcome.status == 0, "\(outcome)")
    let requests = try registry.requests("pull/again").dropFirst(before.1)
    #expect(requests.map { $0.split(separator: " ")[0] } == ["HEAD"], "\(requests)")
    #expect(try registry.server.logged("\"GET /v2/ ", "ociutils").isEmpty, "no ping")
    #expect(
      outcome.errors.split(separator: "\n").filter { $0.contains("Already exists") }.count == 10, "\(outcome)"
    )
    #expect(try scratch.snapshot("store") == before.0)
    #expect(outcome.lines.count == 1)
  }

  @Test("index.json is not rewritten when nothing changed")
  func untouched() throws {
    let reference = try Registry.plain.get().publish("busybox", as: "pull/untouched")
    let scratch = try Scratch()
    try scratch.ok("img-pull -o store \(reference)")
    let before = try scratch.ok("stat -c '%i %y' store/index.json")
    try scratch.ok("img-pull -o store \(reference)")
    #expect(try scratch.ok("stat -c '%i %y' store/index.json") == before)
  }

  @Test("a blob that went missing is fetched again although the tag did not change")
  func healed() throws {
    let reference = try Registry.plain.get().publish("busybox", as: "pull/healed")
    let scratch = try Scratch()
    try scratch.ok("img-pull -o store \(reference)")
    try scratch.ok("find store/blobs -size +100k -delete")
    try scratch.ok("img-pull -o store \(reference)")
    try scratch.expectWhole("store", "\(reference):latest")
  }

  @Test("a tag that moved is pulled anew")
  func moved() throws {
    let registry = try Registry.plain.get()
    let reference = try registry.publish("app", as: "pull/moved")
    let scratch = try Scratch()
    try scratch.ok("img-pull -o store \(reference)")
    try registry.publish("app2", as: "pull/moved")
    let outcome = try scratch.run("img-pull --progress plain -o store \(reference)")
    #expect(try outcome.output.hasSuffix("@\(Images.digest("app2"))"), "\(outcome)")
    #expect(
      outcome.errors.split(separator: "\n").filter { $0.contains("Already exists") }.count == 4, "\(outcome)")
    try scratch.expectWhole("store", "\(reference):latest")
  }

  @Test("layers that another image has are not fetched again")
  func shared() throws {
    let registry = try Registry.plain.get()
    let app = try registry.publish("app", as: "pull/shared/app")
    let app2 = try registry.publish("app2", as: "pull/shared/app2")
    let scratch = try Scratch()
    try scratch.ok("img-pull -o store \(app)")
    let outcome = try scratch.run("img-pull --progress plain -o store \(app2)")
    #expect(
      outcome.errors.split(separator: "\n").filter { $0.contains("Already exists") }.count == 4, "\(outcome)")
    // Two layers and a config.
    #expect(
      try registry.requests("pull/shared/app2").filter { $0.hasPrefix("GET") && $0.contains("/blobs/") }.count
        == 3)
    try scratch.expectWhole("store", "\(app):latest", "\(app2):latest")
  }

  @Test("the digest shown is that of the tag in the registry, and the words are Docker's")
  func words() throws {
    let reference = try Registry.plain.get().publish("multi", as: "pull/words")
    let outcome = try Scratch().run("img-pull --progress plain -o store \(reference)")
    let said = outcome.errors
    #expect(said.contains("Pulling from pull/words"), "\(outcome)")
    #expect(said.contains("Pull complete"), "\(outcome)")
    #expect(try said.contains("Digest: \(Images.digest("multi"))"), "\(outcome)")
    #expect(said.contains("Status: "), "\(outcome)")
  }

  @Test("of an index this machine's platform is stored, byte for byte, and the index's digest noted")
  func platform() throws {
    let reference = try Registry.plain.get().publish("multi", as: "pull/platform")
    let scratch = try Scratch()
    let index = try Images.digest("multi")
    try scratch.ok("img-pull -o store \(reference)")
    try scratch.expectWhole("store", "\(reference):latest")
    let entry = try scratch.ok(
      "jq -c '.manifests[0] | [.platform.architecture, .annotations[\"org.ociutils.index.digest\"], .mediaType]' store/index.json"
    )
    #expect(
      entry == "[\"\(machineArchitecture)\",\"\(index)\",\"application/vnd.oci.image.manifest.v1+json\"]")
    #expect(
      try scratch.run("ls store/blobs/sha256/\(index.dropFirst(7))").status != 0,
      "the index itself is not stored")
    // By the digest of the index that it came from.
    try scratch.ok(
      "img-save store@\(index) > by-index.img && img-save store > only.img && cmp by-index.img only.img")
  }

  private var machineArchitecture: String {
    #if arch(x86_64)
      "amd64"
    #else
      "arm64"
    #endif
  }
  private var otherArchitecture: String { machineArchitecture == "amd64" ? "arm64" : "amd64" }

  @Test("--platform takes another platform, and one that is not there is not found")
  func otherPlatform() throws {
    let reference = try Registry.plain.get().publish("multi", as: "pull/other")
    let scratch = try Scratch()
    try scratch.ok("img-pull --platform linux/\(otherArchitecture) -o store \(reference)")
    #expect(
      try scratch.ok("jq -r '.manifests[0].platform.architecture' store/index.json") == otherArchitecture)
    let missing = try scratch.run("img-pull --platform linux/s390x -o store \(reference)")
    #expect(missing.status == 3, "\(missing)")
    expectOneLine(missing, from: "img-pull")
    #expect(try scratch.run("img-pull --platform nonsense/ -o store \(reference)").status == 2)
  }

  @Test("--all-platforms stores the index as it is, with everything in it")
  func allPlatforms() throws {
    let reference = try Registry.plain.get().publish("multi", as: "pull/all")
    let scratch = try Scratch()
    let line = try scratch.ok("img-pull --all-platforms -o store \(reference)")
    #expect(try line.hasSuffix("@\(Images.digest("multi"))"))
    #expect(try scratch.digest(layout: "store") == Images.digest("multi"))
    try scratch.expectWhole("store", "\(reference):latest")
    #expect(
      try scratch.ok("skopeo inspect --raw oci:store | sha256sum").hasPrefix(
        Images.digest("multi").dropFirst(7)))
  }

  @Test("Docker's media types stay as they are")
  func docker() throws {
    let registry = try Registry.plain.get()
    let reference = try registry.publish("app", as: "pull/docker", options: "--format v2s2")
    let scratch = try Scratch()
    try scratch.ok("img-pull -o store \(reference)")
    try scratch.expectWhole("store", "\(reference):latest")
    #expect(
      try scratch.ok("jq -r '.manifests[0].mediaType' store/index.json")
        == "application/vnd.docker.distribution.manifest.v2+json")
    let served = try scratch.ok(
      "curl -s -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' http://\(registry.host)/v2/pull/docker/manifests/latest | sha256sum"
    )
    #expect(try "sha256:\(served.prefix(64))" == scratch.digest(layout: "store"))
  }

  @Test("references come from operands or from standard input, a line each")
  func references() throws {
    let registry = try Registry.plain.get()
    let (one, two) = try (
      registry.publish("busybox", as: "pull/in/one"), registry.publish("plain", as: "pull/in/two")
    )
    let scratch = try Scratch()
    let fromOperands = try scratch.ok("img-pull -o store \(one) \(two)")
    let fromInput = try scratch.ok("printf '%s\\n' \(one) \(two) | img-pull -o store2")
    #expect(fromOperands.split(separator: "\n").count == 2)
    #expect(
      fromInput.split(separator: "\n").map { $0.dropFirst(7) }
        == fromOperands.split(separator: "\n").map { $0.dropFirst(6) })
    try scratch.expectWhole("store2", "\(one):latest", "\(two):latest")
    for target in ["-o store3", ""] {
      let none = try scratch.run("printf '\\n' | img-pull \(target)")
      #expect(none.status == 6)
      #expect(none.errors.contains("standard input: nothing arrived"))
    }
  }

  @Test("with several references each is tried, each error reported, and the first one decides the status")
  func several() throws {
    let registry = try Registry.plain.get()
    let reference = try registry.publish("busybox", as: "pull/several")
    let scratch = try Scratch()
    let outcome = try scratch.run(
      "img-pull -q -o store \(registry.host)/pull/nothing \(reference) 127.0.0.1:1/x")
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.errors.split(separator: "\n").count == 2, "\(outcome)")
    #expect(outcome.lines.count == 1)
    try scratch.expectWhole("store", "\(reference):latest")
  }

  @Test("-o LAYOUT:NAME names the image, -o : means $IMG_LAYOUT")
  func named() throws {
    let reference = try Registry.plain.get().publish("busybox", as: "pull/named")
    let scratch = try Scratch()
    let line = try scratch.ok("img-pull -o store:mine:1 \(reference)")
    #expect(try line == "store:mine:1@\(Images.digest("busybox"))")
    try scratch.expectWhole("store", "docker.io/library/mine:1")
    try scratch.ok("img-pull -o : \(reference)", ["IMG_LAYOUT": "\(scratch.path)/default"])
    try scratch.expectWhole("default", "\(reference):latest")
    try scratch.ok("img-save : > x.img", ["IMG_LAYOUT": "\(scratch.path)/default"])
  }

  @Test("what img-pull prints is an operand that img-save takes")
  func operand() throws {
    let registry = try Registry.plain.get()
    let references = try ["busybox", "multi"].map { try registry.publish($0, as: "pull/operand/\($0)") }
    let scratch = try Scratch()
    try scratch.ok("img-pull -o 'a store' \(references.joined(separator: " ")) > lines")
    try scratch.ok(
      "while IFS= read -r line; do img-save \"$line\" | tar -t > /dev/null || exit; done < lines")
  }

  @Test("by digest, and by tag and digest, which must agree")
  func byDigest() throws {
    let registry = try Registry.plain.get()
    let reference = try registry.publish("app", as: "pull/digest")
    let scratch = try Scratch()
    try scratch.ok("img-pull -o store \(reference)@\(Images.digest("app"))")
    try scratch.expectWhole("store")
    try scratch.ok("img-pull -o store2 \(reference):latest@\(Images.digest("app"))")
    let wrong = try scratch.run("img-pull -o store3 \(reference)@sha256:\(String(repeating: "0", count: 64))")
    #expect(wrong.status == 3, "\(wrong)")
  }

  @Test("progress as JSON is one object a line, and none of it is on standard output")
  func json() throws {
    let reference = try Registry.plain.get().publish("app", as: "pull/json")
    let scratch = try Scratch()
    let outcome = try scratch.run("img-pull --progress json -o store \(reference) 2> progress")
    #expect(outcome.lines.count == 1)
    #expect(try scratch.ok("jq -c 'type' progress | sort -u") == "\"object\"")
    #expect(try scratch.ok("wc -l < progress") != "0")
  }

  @Test("-q says nothing at all")
  func quiet() throws {
    let reference = try Registry.plain.get().publish("app", as: "pull/quiet")
    #expect(try Scratch().run("img-pull -q --progress plain -o store \(reference)").errors == "")
  }

  @Test("eight pulls at once into one layout lose nothing and fetch no layer twice")
  func atOnce() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let app = try registry.publish("app", as: "pull/once/app")
    let others = try ["app2", "busybox", "plain", "zstd", "labelled", "multi"].map {
      try registry.publish($0, as: "pull/once/\($0)")
    }
    let all = [app, app] + others
    let outcome = try scratch.run(
      "set -m; \(all.map { "img-pull -o store \($0) & " }.joined()) fail=0; for job in $(jobs -p); do wait $job || fail=1; done; exit $fail"
    )
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.count == 8)
    try scratch.ok(
      "/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/check.py store \(all.map { "\($0):latest" }.joined(separator: " "))"
    )
    // Two may ask for the config, which is no larger than the answer that it is there.
    let config = try scratch.ok(
      "img-save store:\(app) | tar -xOf - manifest.json | jq -r '.[0].Config | split(\"/\")[2]'")
    let fetched = try registry.requests("pull/once/app").filter {
      $0.hasPrefix("GET") && $0.contains("/blobs/") && !$0.contains(config)
    }
    #expect(Set(fetched).count == fetched.count, "\(fetched)")
  }

  @Test(
    "a wrong command line is status 2 and one line",
    arguments: [
      "--nonsense", "-o", "-o store x/UPPER", "-o store a:b:c", "-o a@b busybox",
      "--progress loud busybox",
    ])
  func usage(arguments: String) throws {
    let scratch = try Scratch()
    let outcome = try scratch.run("img-pull \(arguments) < /dev/null")
    #expect(outcome.status == 2, "\(outcome)")
    #expect(outcome.errors.hasPrefix("img-pull: "), "\(outcome)")
    #expect(outcome.bytes.isEmpty)
  }
}
