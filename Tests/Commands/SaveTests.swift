import Testing

/// img-save from layouts, archives and streams.
@Suite(.needs("skopeo", "jq"))
struct SaveTests {
  /// Makes the layout `store` with these test images, under both names that an image of ours has.
  private func layout(_ images: String..., in scratch: Scratch) throws {
    for image in images {
      try scratch.ok(
        "skopeo --insecure-policy copy -q --all --preserve-digests oci:\(Images.layout.get()):\(image):latest oci:store:\(image):latest"
      )
    }
    try scratch.ok(
      #"""
      jq '.manifests |= map(.annotations["io.containerd.image.name"] =
        "docker.io/library/" + .annotations["org.opencontainers.image.ref.name"])' store/index.json > new
      mv new store/index.json
      """#)
  }

  @Test("manifest.json lists full names, its config and its layers")
  func manifestJSON() throws {
    let scratch = try Scratch()
    try layout("app", in: scratch)
    try scratch.ok("img-save store > a.img && mkdir a && tar -xf a.img -C a")
    let manifest = try scratch.ok(
      "jq -c '.[0] | [.RepoTags, (.Layers | length), (.Config | test(\"^blobs/sha256/[0-9a-f]{64}$\"))]' a/manifest.json"
    )
    #expect(manifest == "[[\"docker.io/library/app:latest\"],10,true]")
    #expect(try scratch.ok("jq -c '.[0].Layers[]' a/manifest.json | sort | uniq -d") == "")
    try scratch.expectWhole("a", "docker.io/library/app:latest")
  }

  @Test("an image without a name has no RepoTags")
  func nameless() throws {
    let scratch = try Scratch()
    try layout("busybox", in: scratch)
    try scratch.ok("jq 'del(.manifests[].annotations)' store/index.json > new && mv new store/index.json")
    #expect(
      try scratch.ok(
        "img-save store | tar -xOf - manifest.json | jq -c '.[0].RepoTags == null or .[0].RepoTags == []'")
        == "true")
  }

  @Test(
    "several images become one archive, and engines load them all", .needsRoot, .needs("dockerd", "podman"),
    arguments: [Engine.docker, .podman])
  func several(engine: Engine) throws {
    let scratch = try Scratch()
    try layout("app", "app2", in: scratch)
    try scratch.ok("img-save store:app store:app2 > both.img; \(engine.load()) < both.img")
    #expect(try scratch.ok("tar -tf both.img | grep -v /$ | sort | uniq -d") == "")
    for name in ["app", "app2"] {
      #expect(try scratch.ok(engine.run("docker.io/library/\(name):latest", "echo ok")) == "ok")
    }
  }

  @Test(
    "an index is saved whole; where several platforms fit, --platform must say which one manifest.json lists")
  func index() throws {
    let scratch = try Scratch()
    try layout("multi", in: scratch)
    let unsaid = try scratch.run("img-save store > x.img")
    #expect(unsaid.status == 2, "\(unsaid)")
    expectOneLine(unsaid, from: "img-save", containing: "--platform")
    for platform in ["linux/amd64", "linux/arm64"] {
      try scratch.ok("img-save --platform \(platform) store > x.img; rm -rf x; mkdir x; tar -xf x.img -C x")
      #expect(try scratch.digest(layout: "x") == Images.digest("multi"))
      try scratch.expectWhole("x")
      let architecture = try scratch.ok("jq -r .architecture x/$(jq -r '.[0].Config' x/manifest.json)")
      #expect("linux/\(architecture)" == platform)
    }
  }

  @Test(
    "--format oci rewrites Docker's types, keeps the image ID and adds neither manifest.json nor repositories"
  )
  func formatOCI() throws {
    let registry = try Registry.plain.get()
    let reference = try registry.publish("app", as: "save/oci", options: "--format v2s2")
    let scratch = try Scratch()
    try scratch.ok(
      "img-pull -q -o store \(reference); img-save --format oci store > a.tar; mkdir a; tar -xf a.tar -C a")
    try scratch.expectWhole("a")
    #expect(try scratch.run("ls a/manifest.json a/repositories").status != 0)
    let types = try scratch.ok(
      "f=a/blobs/$(jq -r '.manifests[0].digest' a/index.json | tr : /); jq -r '.mediaType, .config.mediaType, .layers[].mediaType' $f | sort -u"
    )
    #expect(!types.contains("docker"), "\(types)")
    let id = "jq -r .config.digest $(echo %/blobs/$(jq -r '.manifests[0].digest' %/index.json | tr : /))"
    let of = { (layout: String) in try scratch.ok(id.split(separator: "%").joined(separator: layout)) }
    #expect(try of("a") == of("store"))
    try scratch.ok("skopeo inspect oci-archive:a.tar")
  }

  @Test(
    "--compress converts layers, says so, and the image stays runnable", .needsRoot, .needs("dockerd"),
    arguments: ["gzip", "none"])
  func compress(method: String) throws {
    let scratch = try Scratch()
    try layout("zstd", in: scratch)
    let outcome = try scratch.run("img-save --compress \(method) store > a.img")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(!outcome.errors.isEmpty, "it says that the manifest is another")
    try scratch.ok("mkdir a; tar -xf a.img -C a; \(Engine.docker.load()) < a.img")
    try scratch.expectWhole("a")
    #expect(try scratch.ok(Engine.docker.run("docker.io/library/zstd:latest", "echo ok")) == "ok")
    try scratch.ok("img-save --compress \(method) -q store | cmp - a.img")
  }

  @Test("--compress zstd gives what skopeo takes as an OCI archive")
  func compressZstd() throws {
    let scratch = try Scratch()
    try layout("app", in: scratch)
    try scratch.ok(
      "img-save -q --format oci --compress zstd store > a.tar; mkdir a; tar -xf a.tar -C a; skopeo --insecure-policy copy -q oci-archive:a.tar dir:copy"
    )
    try scratch.expectWhole("a")
    #expect(
      try scratch.ok(
        "f=a/blobs/$(jq -r '.manifests[0].digest' a/index.json | tr : /); jq -r '.layers[].mediaType' $f | sort -u"
      ) == "application/vnd.oci.image.layer.v1.tar+zstd")
  }

  @Test("--without leaves out what the other image has, and says so in index.json")
  func thin() throws {
    let scratch = try Scratch()
    try layout("app", "app2", in: scratch)
    try scratch.ok("img-save store:app2 --without store:app > thin.img; mkdir thin; tar -xf thin.img -C thin")
    let absent = try scratch.ok("jq -r '.. | objects | .[\"org.ociutils.absent\"]? // empty' thin/index.json")
    #expect(absent.split { $0 == " " || $0 == "," || $0 == "\n" }.count == 4, "\(absent)")
    #expect(try scratch.ok("ls thin/blobs/sha256 | wc -l") == "4", "manifest, config and two layers")
  }

  @Test("a thin archive loads in docker where the layers are", .needsRoot, .needs("dockerd"))
  func thinLoads() throws {
    let scratch = try Scratch()
    try layout("app", "app2", in: scratch)
    try scratch.ok(
      "img-save store:app | \(Engine.docker.load()); img-save --without store:app store:app2 | \(Engine.docker.load())"
    )
    #expect(try scratch.ok(Engine.docker.run("docker.io/library/app2:latest", "echo ok")) == "ok")
  }

  @Test("an operand that fits several images lists them")
  func ambiguous() throws {
    let scratch = try Scratch()
    try layout("app", "app2", in: scratch)
    let outcome = try scratch.run("img-save store > x.img")
    #expect(outcome.status != 0, "\(outcome)")
    #expect(outcome.errors.contains("app:latest") && outcome.errors.contains("app2:latest"), "\(outcome)")
    #expect(outcome.bytes.isEmpty)
  }

  @Test("by name, ID and digest the same image is meant")
  func operands() throws {
    let scratch = try Scratch()
    try layout("app", "busybox", in: scratch)
    let digest = try Images.digest("app")
    let id = try scratch.ok(
      "jq -r .config.digest store/blobs/\(digest.split(separator: ":").joined(separator: "/"))")
    try scratch.ok("img-save store:app > app.img")
    for operand in [
      "store:app:latest", "store:docker.io/library/app", "store@\(digest)", "store:app@\(digest)",
      "store:\(id.dropFirst(7).prefix(12))", "store:\(digest.dropFirst(7).prefix(7))",
    ] {
      try scratch.ok("img-save '\(operand)' | cmp - app.img")
    }
    #expect(try scratch.run("img-save store:busybox@\(digest)").status != 0, "name and digest must agree")
    #expect(try scratch.run("img-save store:nothing").status == 3)
    #expect(try scratch.run("img-save nowhere").status == 3)
  }

  @Test(
    "layouts and archives of other tools are read, and the image ID stays",
    .needs("buildah", "umoci", "podman"), .needsRoot,
    arguments: [
      "skopeo-oci", "skopeo-oci-archive", "skopeo-docker-archive", "umoci", "buildah", "docker-save",
      "podman-docker-archive", "podman-oci-archive",
    ])
  func foreign(maker: String) throws {
    let scratch = try Scratch()
    let copy = "skopeo --insecure-policy copy -q oci:\(try Images.layout.get()):app2:latest"
    let buildah = "buildah --root $PWD/b --runroot $PWD/b-run --storage-driver vfs"
    let script =
      switch maker {
      case "skopeo-oci": "\(copy) oci:given:x"
      case "skopeo-oci-archive": "\(copy) oci-archive:given:app2:latest"
      case "skopeo-docker-archive": "\(copy) docker-archive:given:docker.io/library/app2:latest"
      case "umoci": "\(copy) oci:given:x; umoci config --image given:x --author someone"
      case "buildah":
        "\(copy) docker-archive:x.tar:docker.io/library/app2:latest; \(buildah) pull -q docker-archive:x.tar; \(buildah) push -q docker.io/library/app2:latest oci:given:x"
      case "docker-save":
        "img-save \(try Images.layout.get()):app2:latest | \(try Engine.docker.load()); \(try Engine.docker.save("docker.io/library/app2")) > given"
      default:
        // Podman takes the name from index.json, where the short one is a local name to it.
        """
        name=$(img-save \(try Images.layout.get()):app2:latest | \(try Engine.podman.load()) | sed 's/.*: //')
        \(try Engine.podman.save("$name")) --format \(maker.dropFirst(7)) > given
        """
      }
    try scratch.ok(script)
    try scratch.ok("img-save given > a.img; mkdir a; tar -xf a.img -C a")
    try scratch.expectWhole("a")
    try scratch.ok("img-save < a.img | cmp - a.img")
    if !["umoci", "buildah", "podman-docker-archive", "podman-oci-archive"].contains(maker) {
      let id = try scratch.ok(
        "jq -r .config.digest \(Images.layout.get())/blobs/\(Images.digest("app2").split(separator: ":").joined(separator: "/"))"
      )
      #expect(try scratch.ok("jq -r '.[0].Config' a/manifest.json") == "blobs/sha256/\(id.dropFirst(7))")
    }
    // From a pipe, too: what can't be read in one pass is spooled.
    if try scratch.run("[ -f given ]").status == 0 { try scratch.ok("cat given | img-save | cmp - a.img") }
  }

  @Test("a name that another tool gave matches as it stands")
  func namesOfOthers() throws {
    let scratch = try Scratch()
    let copy = "skopeo --insecure-policy copy -q oci:\(try Images.layout.get())"
    try scratch.ok("\(copy):app:latest oci:store:v1; \(copy):app2:latest oci:store:Some_Name:1")
    for name in ["v1", "Some_Name:1"] { try scratch.ok("img-save 'store:\(name)' | tar -t >/dev/null") }
    #expect(try scratch.run("img-save store:v2").status == 3)
  }

  @Test("-o FILE is replaced when all is written, and a failed run leaves it alone")
  func file() throws {
    let scratch = try Scratch()
    try layout("busybox", "app", in: scratch)
    try scratch.ok("echo old > out.img; ln out.img hard")
    let failed = try scratch.run("img-save -o out.img store:nothing; img-save -o new.img store:nothing")
    #expect(failed.status == 3)
    #expect(try scratch.ok("cat out.img") == "old")
    try scratch.ok(
      "img-save -o out.img store:busybox; img-save store:busybox | cmp - out.img; [ $(cat hard) = old ]")
    #expect(try scratch.ok("ls -A") == "hard\nhome\nout.img\nstore\ntmp")
    // Made for make: replaced even if equal, unless --if-changed.
    #expect(
      try scratch.ok(
        "i=$(stat -c %i out.img); img-save -o out.img store:busybox; [ $(stat -c %i out.img) = $i ] || echo replaced"
      ) == "replaced")
    try scratch.ok(
      "i=$(stat -c '%i %y' out.img); img-save --if-changed -o out.img store:busybox; [ \"$(stat -c '%i %y' out.img)\" = \"$i\" ]"
    )
    try scratch.ok("img-save --if-changed -o out.img store:app; img-save store:app | cmp - out.img")
    #expect(try scratch.ok("ls -A") == "hard\nhome\nout.img\nstore\ntmp")
    #expect(try scratch.run("img-save -o - store:app").status == 2)
    #expect(try scratch.ok("umask 027; img-save -o mode.img store:app; stat -c %a mode.img") == "640")
  }

  @Test(
    "a wrong command line is status 2",
    arguments: [
      "--nonsense", "--format tar x", "--compress lzma x", "-o", "--platform / x",
    ])
  func usage(arguments: String) throws {
    let outcome = try Scratch().run("img-save \(arguments) < /dev/null")
    #expect(outcome.status == 2, "\(outcome)")
    #expect(outcome.errors.hasPrefix("img-save: "), "\(outcome)")
    #expect(outcome.bytes.isEmpty)
  }
}
