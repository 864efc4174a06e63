import Testing

/// img-push to real registries.
@Suite(.needs("skopeo", "docker-registry", "jq"))
struct PushTests {
  private func layout() throws -> String { try Images.layout.get() }

  /// What img-push must have sent to the repository: methods and how often.
  private func methods(_ registry: Registry, _ name: String) throws -> [String: Int] {
    try registry.requests(name).reduce(into: [:]) { $0[String($1.prefix { $0 != " " }), default: 0] += 1 }
  }

  @Test(
    "an image arrives byte for byte, and its name and digest are printed",
    arguments: ["busybox", "app", "zstd", "multi", "labelled"])
  func arrives(image: String) throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let reference = "\(registry.host)/push/arrives/\(image):1"
    let outcome = try scratch.run("img-push \(layout()):\(image):latest \(reference)")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    #expect(try outcome.lines == ["\(reference)@\(Images.digest(image))"], "\(outcome)")
    try scratch.ok("img-pull -q --all-platforms -o store '\(outcome.output)'")
    #expect(try scratch.digest(layout: "store") == Images.digest(image))
    try scratch.ok(
      "skopeo --insecure-policy copy -q --all --src-tls-verify=false docker://\(reference) oci:theirs:x")
    #expect(try scratch.digest(layout: "theirs") == Images.digest(image))
  }

  @Test("what is there is asked for and not sent; Docker's words say so")
  func again() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let push = try "img-push --progress plain \(layout()):app:latest \(registry.host)/push/again"
    let first = try scratch.run(push)
    #expect(first.status == 0 && first.errors.contains(": Pushed\n"), "\(first)")
    let before = try methods(registry, "push/again")
    let second = try scratch.run(push)
    #expect(second.output == first.output)
    let lines = second.errors.split(separator: "\n")
    #expect(lines.first == "The push refers to repository [\(registry.host)/push/again]", "\(second)")
    #expect(lines.count { $0.hasSuffix(": Layer already exists") } == 10, "\(second)")
    #expect(try lines.last?.hasPrefix("latest: digest: \(Images.digest("app")) size: ") == true, "\(second)")
    let after = try methods(registry, "push/again")
    #expect(
      after["HEAD"]! > before["HEAD"]! && after["PUT"] == before["PUT"] && after["POST"] == before["POST"])
  }

  @Test("a stream is pushed as it comes, with nothing stored")
  func stream() throws {
    let registry = try Registry.plain.get()
    let from = try registry.publish("app", as: "push/stream/from")
    let scratch = try Scratch()
    let outcome = try scratch.run(
      "img-pull \(from) | TMPDIR=/nowhere img-push --progress none - \(registry.host)/push/stream/to:2")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try outcome.output.hasSuffix("@\(Images.digest("app"))"))
    let broken = try scratch.run(
      "img-pull \(from) | head -c 3000000 | img-push \(registry.host)/push/stream/broken")
    #expect(broken.status == 6, "\(broken)")
    #expect(try scratch.run("img-pull -q -o x \(registry.host)/push/stream/broken").status == 3)
  }

  @Test("several names, in other repositories and from a pipe too: blobs are mounted")
  func also() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let names = ["push/also/a:1", "push/also/a:2", "push/also/b:1"].map { "\(registry.host)/\($0)" }
    let outcome = try scratch.run(
      """
      img-save \(layout()):busybox:latest 2>/dev/null |
        img-push --progress plain \(names[0]) --also \(names[1]) --also \(names[2])
      """)
    let digest = try Images.digest("busybox")
    #expect(outcome.status == 0 && outcome.lines == names.map { "\($0)@\(digest)" }, "\(outcome)")
    #expect(outcome.errors.contains(": Mounted from push/also/a"), "\(outcome)")
    #expect(try methods(registry, "push/also/b")["PUT"] == 1, "only the manifest")
  }

  @Test("blobs are mounted from where a name of the layout or an earlier push says that they are")
  func mounted() throws {
    let registry = try Registry.plain.get()
    let from = try registry.publish("app", as: "push/mounted/from")
    let scratch = try Scratch()
    try scratch.ok("img-pull -q -o store \(from)")
    let byName = try scratch.run("img-push --progress plain store \(registry.host)/push/mounted/name")
    #expect(byName.errors.contains(": Mounted from push/mounted/from"), "\(byName)")
    #expect(try methods(registry, "push/mounted/name")["PUT"] == 1)
    let remembered = try scratch.run(
      "img-push --progress plain \(layout()):app:latest \(registry.host)/push/mounted/remembered")
    #expect(remembered.errors.contains(": Mounted from push/mounted/name"), "\(remembered)")
    #expect(try methods(registry, "push/mounted/remembered")["PUT"] == 1)
  }

  @Test("plain layers are compressed, the same way each time, and not again where that is known")
  func compressed() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let push = try "img-push \(layout()):plain:latest \(registry.host)/push/compressed"
    let first = try scratch.run(push)
    #expect(first.status == 0, "\(first)")
    expectOneLine(
      first, from: "img-push", containing: "manifest rewritten: was \(try Images.digest("plain"))")
    let second = try scratch.run("TMPDIR=/nowhere \(push)")
    #expect(second.status == 0 && second.output == first.output, "nothing is spooled again: \(second)")
    let elsewhere = try scratch.run("\(push):else", ["XDG_CACHE_HOME": "\(scratch.path)/other"])
    #expect(elsewhere.output.hasSuffix(first.output.split(separator: "@")[1]), "\(elsewhere)")
    try scratch.ok("img-pull -q -o store \(first.output)")
    #expect(
      try scratch.ok("img-inspect --raw store | jq -r '.config.digest, .layers[].mediaType'")
        == scratch.ok("img-inspect --raw \(layout()):plain:latest | jq -r .config.digest")
        + "\napplication/vnd.oci.image.layer.v1.tar+gzip")
    try scratch.ok("img-inspect --check store")
    for (kind, type) in [("zstd:5", "tar+zstd"), ("gzip:9", "tar+gzip"), ("none", "tar")] {
      let outcome = try scratch.run("\(push):\(kind.prefix(4)) -q --compress \(kind)")
      #expect(outcome.status == 0, "\(outcome)")
      try scratch.ok("rm -rf store; img-pull -q -o store \(outcome.output)")
      #expect(
        try scratch.ok("img-inspect --raw store | jq -r '.layers[].mediaType'")
          == "application/vnd.oci.image.layer.v1.\(type)")
    }
  }

  @Test("--format docker pushes Docker's types, an index with all its platforms; zstd layers can't be")
  func docker() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let repository = "\(registry.host)/push/docker"
    for image in ["app", "multi"] {
      let reference = try scratch.ok(
        "img-push -q --format docker \(layout()):\(image):latest \(repository)/\(image)")
      let raw = try scratch.ok("skopeo inspect --raw --tls-verify=false docker://\(repository)/\(image)")
      #expect(!raw.contains("vnd.oci") && raw.contains("vnd.docker.distribution.manifest"), "\(raw)")
      try scratch.ok("rm -rf store; img-pull -q -o store \(reference); img-inspect --check store")
    }
    let outcome = try scratch.run("img-push --format docker \(layout()):zstd:latest \(repository)/zstd")
    #expect(outcome.status == 1, "\(outcome)")
    expectOneLine(outcome, from: "img-push", containing: "zstd")
  }

  @Test("--platform pushes one of an index")
  func platform() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let reference = "\(registry.host)/push/platform"
    try scratch.ok("img-push -q --platform linux/amd64 \(layout()):multi:latest \(reference)")
    let raw = try scratch.ok("skopeo inspect --raw --tls-verify=false docker://\(reference)")
    #expect(raw.contains("\"layers\""), "\(raw)")
    let missing = try scratch.run("img-push --platform linux/s390x \(layout()):multi:latest \(reference):2")
    #expect(missing.status == 3, "\(missing)")
  }

  @Test("a thin archive is pushed where the registry has its layers; else the missing ones are named")
  func thin() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    let repository = "\(registry.host)/push/thin"
    try scratch.ok("img-save -q -o thin --without \(layout()):busybox:latest \(layout()):app:latest")
    let missing = try scratch.run("img-push thin \(repository)")
    #expect(missing.status == 3, "\(missing)")
    let layer = try scratch.ok("img-inspect --raw \(layout()):busybox:latest | jq -r '.layers[0].digest'")
    expectOneLine(missing, from: "img-push", containing: layer)
    try scratch.ok("img-push -q \(layout()):busybox:latest \(repository); img-push -q thin \(repository):app")
    try scratch.ok("img-pull -q -o store \(repository):app; img-inspect --check store")
  }

  @Test("a blob that is wrong is never completed, and no name appears", arguments: [10, 500_000, 1_000_000])
  func wrong(offset: Int) throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    try scratch.ok(
      "img-save -q \(layout()):busybox:latest | img-load -q -o store; cp -rL store copy; rm -rf store; mv copy store"
    )
    let blob = try scratch.ok("find store/blobs -size +500k")
    try scratch.flip(blob, at: offset)
    let outcome = try scratch.run("img-push store \(registry.host)/push/wrong/\(offset)")
    #expect(outcome.status == 6 && outcome.output.isEmpty, "\(outcome)")
    expectOneLine(outcome, from: "img-push", containing: "digest")
    let digest = "sha256:" + (blob.split(separator: "/").last.map(String.init) ?? "")
    #expect(
      try scratch.ok(
        "curl -s -o /dev/null -w '%{http_code}' -I http://\(registry.host)/v2/push/wrong/\(offset)/blobs/\(digest)"
      ) == "404")
    #expect(try scratch.run("img-pull -q -o x \(registry.host)/push/wrong/\(offset)").status == 3)
  }

  @Test("layouts of skopeo and archives of img-save are pushed")
  func producers() throws {
    let registry = try Registry.plain.get()
    let scratch = try Scratch()
    try scratch.ok("skopeo --insecure-policy copy -q oci:\(layout()):app:latest oci:theirs:v1")
    let theirs = try scratch.ok("img-push -q theirs:v1 \(registry.host)/push/producers/skopeo")
    #expect(try theirs.hasSuffix(Images.digest("app")))
    try scratch.ok("img-save -q \(layout()):app:latest | gzip > app.tgz")
    let archive = try scratch.ok("img-push -q app.tgz \(registry.host)/push/producers/archive")
    #expect(try archive.hasSuffix(Images.digest("app")))
  }

  @Test(
    "what is on the command line is understood or refused",
    arguments: [
      ("img-push", "no reference"), ("img-push a b c", "more than"), ("img-push -- UPPER", "lowercase"),
      ("img-push --compress lzma x/y", "lzma"), ("img-push --format v1 x/y", "format"),
      ("img-push --also UPPER x/y", "lowercase"),
    ])
  func usage(command: String, words: String) throws {
    let outcome = try Scratch().run("\(command) < /dev/null")
    #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome)")
  }
}
