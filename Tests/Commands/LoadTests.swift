import Testing

/// Any archive into a layout, or as a clean stream.
@Suite("img-load", .needs("skopeo", "jq"))
struct LoadTests {
  private static let fixtures = "\(Machine.root)/Tests/Commands/Fixtures"

  /// The image ID of the only image of a layout, or of that of this name.
  private func imageID(_ layout: String, _ name: String = "", in scratch: Scratch) throws -> String {
    let operand = name.isEmpty ? layout : "\(layout):\(name)"
    return try scratch.ok("img-save \(operand) | tar -xOf - manifest.json | jq -r '.[0].Config'")
  }

  /// Loads the file `archive` in every way there is: file and pipe, to a layout and to a stream; all must agree.
  ///
  /// The layout is `store`.
  private func loadEveryWay(_ archive: String, in scratch: Scratch) throws {
    try scratch.ok(
      """
      rm -rf store piped copied; img-load -i \(archive) -o store > line; cat \(archive) | img-load -q -o piped
      diff -r store piped; [ -z "$(find store/.partial piped/.partial -type f 2>/dev/null)" ]
      img-load < \(archive) > stream; cat \(archive) | img-load | cmp - stream; img-load < stream | cmp - stream
      env TMPDIR=/nonexistent img-load -i \(archive) -o store > again; cmp line again
      cat stream | env TMPDIR=/nonexistent img-load -q -o copied
      diff -r store/blobs copied/blobs; [ "$(ls -A tmp)" = "" ]
      for line in $(cat line); do img-save --platform linux/amd64 "$line" > /dev/null || exit 9; done
      """)
    try scratch.expectWhole("store")
  }

  @Test(
    "archives of every age and maker become layouts, whole, with the same image ID",
    .needs("umoci", "buildah", "podman", "dockerd"), .needsRoot,
    arguments: [
      "img-save", "docker-archive", "docker-save", "podman-docker", "podman-oci", "oci-archive", "umoci",
      "buildah",
    ])
  func makers(maker: String) throws {
    let scratch = try Scratch()
    let layout = try Images.layout.get()
    let copy = "skopeo --insecure-policy copy -q oci:\(layout):app2:latest"
    let full = "docker.io/library/app2:latest"
    let buildah = "buildah --root $PWD/b --runroot $PWD/b-run --storage-driver vfs"
    switch maker {
    case "img-save": try scratch.ok("img-save \(layout):app2:latest > a.tar")
    case "docker-archive": try scratch.ok("\(copy) docker-archive:a.tar:\(full)")
    case "docker-save":
      try scratch.ok(
        "img-save \(layout):app2:latest | \(Engine.docker.load()) >&2; \(Engine.docker.save(full)) > a.tar")
    case "podman-docker", "podman-oci":
      try scratch.ok(
        "skopeo --insecure-policy copy -q oci:\(layout):app2:latest docker-archive:/dev/stdout:\(full) | \(Engine.podman.load()) >&2; \(Engine.podman.save(full)) --format \(maker.dropFirst(7))-archive > a.tar"
      )
    case "oci-archive": try scratch.ok("\(copy) oci-archive:a.tar:app2:latest")
    case "umoci":
      try scratch.ok(
        "\(copy) oci:given:x; umoci tag --image given:x y; umoci rm --image given:x; tar -cf a.tar -C given ."
      )
    default:
      try scratch.ok(
        "\(copy) docker-archive:x.tar:\(full); \(buildah) pull -q docker-archive:x.tar >&2; \(buildah) push -q \(full) oci-archive:a.tar:app2"
      )
    }
    try loadEveryWay("a.tar", in: scratch)
    // podman and buildah write a config of their own making for the OCI format.
    if !["podman-oci", "buildah"].contains(maker) {
      let expected = try imageID(layout, "app2:latest", in: scratch)
      #expect(try imageID("store", in: scratch) == expected)
    }
  }

  @Test(
    "an archive from before Docker 1.10 gets the image ID that Docker itself gives it", .needs("dockerd"),
    .needsRoot,
    arguments: ["busybox", "app", "debian"], ["", "--links"])
  func legacy(image: String, links: String) throws {
    let scratch = try Scratch()
    let name = "legacy/\(image):1\(links)"
    try scratch.ok(
      """
      /usr/bin/python3 \(Self.fixtures)/v1.py \(Images.layout.get()) \(image):latest a.tar \(name) legacy/\(image):other \(links)
      \(Engine.docker.load()) < a.tar >&2
      """)
    try loadEveryWay("a.tar", in: scratch)
    try scratch.expectWhole("store", "docker.io/\(name)", "docker.io/legacy/\(image):other")
    let id = try scratch.ok(Engine.docker.imageID(name))
    #expect(try imageID("store", name, in: scratch) == "blobs/sha256/\(id.dropFirst(7))")
    #expect(try scratch.ok(Engine.docker.run("legacy/\(image):other", "echo ok")) == "ok")
  }

  @Test(
    "around any archive there may be any compression, whatever the file is called",
    .needs("zstd", "xz", "bzip2"), arguments: ["gzip -1", "zstd -1", "xz -0", "bzip2 -1"])
  func compressed(compressor: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      """
      skopeo --insecure-policy copy -q oci:\(Images.layout.get()):app2:latest docker-archive:d:new:1
      img-save \(Images.layout.get()):app:latest > o; for kind in d o; do
        \(compressor) < $kind > $kind.tar; img-load -q -i $kind -o $kind.plain; img-load -q -i $kind.tar -o $kind.file
        cat $kind.tar | img-load -q -o $kind.pipe; diff -r $kind.plain $kind.file; diff -r $kind.plain $kind.pipe
      done
      """)
  }

  @Test("a layout in a subdirectory is found; of two layouts none is guessed")
  func subdirectories() throws {
    let scratch = try Scratch()
    try scratch.ok(
      """
      mkdir -p a/deep; img-save \(Images.layout.get()):app2:latest | tar -x -C a/deep; rm a/deep/manifest.json
      tar -cf a.tar a; tar -cf sorted.tar --sort=name a; tar -cf dot.tar ./a/deep
      """)
    for archive in ["a.tar", "sorted.tar", "dot.tar"] { try loadEveryWay(archive, in: scratch) }
    try scratch.ok("mkdir b; img-save \(Images.layout.get()):small:latest | tar -x -C b; tar -cf two.tar a b")
    for way in ["-i two.tar", "< two.tar", "-i - < <(cat two.tar)"] {
      let outcome = try scratch.run("img-load \(way) -o two")
      #expect(outcome.status == 6, "\(outcome)")
      expectOneLine(outcome, from: "img-load", containing: "several layouts (a/deep/, b/)")
    }
  }

  @Test("several images come together, some by name or digest, one under another name")
  func several() throws {
    let scratch = try Scratch()
    let layout = try Images.layout.get()
    try scratch.ok(
      "img-save --platform linux/amd64 \(layout):app:latest \(layout):app2:latest \(layout):multi:latest > a.tar"
    )
    try loadEveryWay("a.tar", in: scratch)
    #expect(try scratch.ok("wc -l < line") == "3")
    let app2 = try Images.digest("app2")
    for way in ["-i a.tar", "-i - < <(cat a.tar)"] {
      try scratch.ok(
        "rm -rf s; img-load -q -o s -:app2:latest \(way); img-load -q -o s -@\(app2) -:app:latest \(way)")
      #expect(
        try scratch.ok("jq -r '.manifests[].annotations[\"org.opencontainers.image.ref.name\"]' s/index.json")
          == "app2:latest\napp:latest")
      let line = try scratch.ok("img-load -o s:other.host/new:1 -:app:latest \(way)")
      #expect(try line == "s:other.host/new:1@\(Images.digest("app"))")
      let id = try imageID(layout, "app2:latest", in: scratch).dropFirst(13).prefix(12)
      #expect(try scratch.ok("img-load -q -o ids -:\(id) \(way)") == "ids:app2:latest@\(app2)")
    }
    let unnamed = try scratch.run("img-load -i a.tar -o s:one")
    #expect(unnamed.status == 2, "\(unnamed)")
    #expect(try scratch.run("img-load -i a.tar -o s -:none").status == 3)
    #expect(try scratch.run("img-load -o s a.tar").status == 2)
  }

  @Test("a name that goes to another image is told")
  func movedName() throws {
    let scratch = try Scratch()
    let layout = try Images.layout.get()
    let first = try scratch.run("img-save \(layout):app:latest | img-load -o s:it:1")
    #expect(first.errors == "" || !first.errors.contains("was"), "\(first)")
    let second = try scratch.run("img-save \(layout):app2:latest | img-load -o s:it:1")
    #expect(
      try second.errors.contains("it:1: was \(Images.digest("app")), now \(Images.digest("app2"))"),
      "\(second)")
    #expect(second.output == "s:it:1@\(try Images.digest("app2"))")
    let third = try scratch.run("img-save \(layout):app2:latest | img-load -o s:it:1")
    #expect(!third.errors.contains("was"), "\(third)")
  }

  @Test("a thin archive loads where its layers are; elsewhere it says which one is missing")
  func thin() throws {
    let scratch = try Scratch()
    let layout = try Images.layout.get()
    try scratch.ok("img-save --without \(layout):app:latest \(layout):app2:latest > thin.tar")
    for way in ["-i thin.tar", "< <(cat thin.tar)"] {
      let outcome = try scratch.run("rm -rf s; img-load -o s \(way)")
      #expect(outcome.status == 3, "\(outcome)")
      expectOneLine(outcome, from: "img-load", containing: "layer sha256:")
      #expect(try scratch.ok("jq '.manifests | length' s/index.json") == "0")
      try scratch.ok("img-save \(layout):app:latest | img-load -q -o s; img-load -q -o s \(way)")
      try scratch.expectWhole("s")
      #expect(try scratch.ok("jq '.manifests | length' s/index.json") == "2")
      #expect(try scratch.ok("jq -c .annotations s/index.json") == "null")
    }
  }

  @Test(
    "--compress packs layers, the image ID stays, and every run gives the same bytes",
    arguments: ["gzip", "gzip:6", "zstd", "zstd:10", "none"])
  func compress(method: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      """
      for i in app app2; do skopeo --insecure-policy copy -q oci:\(Images.layout.get()):$i:latest docker-archive:$i.tar:$i:1; done
      img-load -q -o plain < app.tar; img-load -q -o plain -i app2.tar; img-save plain:app:1 plain:app2:1 > both.tar
      img-load -q --compress \(method) -o a -i both.tar; cat both.tar | img-load -q --compress \(method) -o b; diff -r a b
      cat both.tar | taskset 1 img-load --compress \(method) > c.tar; img-load -q -i c.tar -o c; diff -r a/blobs c/blobs
      [ -z "$(find a/.partial -type f)$(ls -A tmp)" ]; cat c.tar | img-load --compress \(method) | cmp - c.tar
      """)
    for layout in ["a", "plain"] {
      try scratch.expectWhole(layout, "docker.io/library/app:1", "docker.io/library/app2:1")
    }
    for name in ["app:1", "app2:1"] {
      #expect(try imageID("a", name, in: scratch) == imageID("plain", name, in: scratch))
    }
    let types = try scratch.ok(
      "cat a/blobs/$(jq -r '.manifests[0].digest' a/index.json | tr : /) | jq -r '.layers[].mediaType' | sort -u"
    )
    let suffix = method == "none" ? "" : method.hasPrefix("gzip") ? "+gzip" : "+zstd"
    #expect(types == "application/vnd.oci.image.layer.v1.tar\(suffix)")
  }

  @Test("an index whose other platforms are absent loads as what is there")
  func absentPlatforms() throws {
    let scratch = try Scratch()
    // As Docker's containerd store writes it: the index whole, of the other platforms nothing.
    try scratch.ok(
      """
      img-save --format oci \(Images.layout.get()):multi:latest > whole.tar; mkdir x; tar -xf whole.tar -C x
      there=$(jq -r '.manifests[] | select(.platform.architecture != "amd64" and .platform.os == "linux").digest' \
        x/blobs/$(jq -r '.manifests[0].digest' x/index.json | tr : /) | tr : /)
      jq -r '.config.digest, .layers[].digest' x/blobs/$there | while read d; do rm x/blobs/$(echo $d | tr : /); done
      rm x/blobs/$there; tar -cf a.tar -C x oci-layout index.json blobs
      """)
    for way in ["-i a.tar", "< <(cat a.tar)"] {
      #expect(try scratch.ok("rm -rf s; img-load -o s \(way)") == "s:multi:latest@\(Images.digest("multi"))")
      try scratch.ok(
        "img-save --platform linux/amd64 s | tar -tf - | grep -q manifest.json; img-load \(way) | img-load -q -o t"
      )
    }
  }

  @Test("index.json wins over manifest.json, which may not contradict it")
  func contradiction() throws {
    let scratch = try Scratch()
    let layout = try Images.layout.get()
    try scratch.ok(
      """
      img-save \(layout):app:latest > a.tar; mkdir x y; tar -xf a.tar -C x; img-save \(layout):app2:latest | tar -x -C y
      sed s/app2:/app:/ y/manifest.json > x/manifest.json; cp y/blobs/sha256/* x/blobs/sha256/
      tar -cf wrong.tar -C x oci-layout index.json blobs manifest.json; tar -cf first.tar -C x manifest.json blobs index.json oci-layout
      sed -i s/app:latest/elsewhere:1/ x/manifest.json; tar -cf other.tar -C x oci-layout index.json blobs manifest.json
      """)
    for archive in ["wrong.tar", "first.tar"] {
      for way in ["-i \(archive)", "< <(cat \(archive))"] {
        let outcome = try scratch.run("img-load -o s \(way)")
        #expect(outcome.status == 6, "\(outcome)")
        expectOneLine(outcome, from: "img-load", containing: "contradicts itself: app:latest")
      }
    }
    #expect(try scratch.ok("img-load -i other.tar -o s") == "s:app:latest@\(Images.digest("app"))")
  }

  @Test("a config that is here already is compared with new layers as well")
  func knownConfig() throws {
    let scratch = try Scratch()
    // The same config, in a manifest with another plain layer.
    try scratch.ok(
      """
      img-save --format oci \(Images.layout.get()):plain:latest > good.tar; mkdir x; tar -xf good.tar -C x; cd x
      printf another > l; l=$(sha256sum l | cut -c -64); mv l blobs/sha256/$l; old=$(jq -r '.manifests[0].digest' index.json | tr : /)
      jq -c ".layers[0].digest = \\"sha256:$l\\" | .layers[0].size = 7" blobs/$old > m; m=$(sha256sum m | cut -c -64)
      jq -c ".manifests[0].digest = \\"sha256:$m\\" | .manifests[0].size = $(stat -c %s m)" index.json > i; mv i index.json; mv m blobs/sha256/$m
      tar -cf ../bad.tar oci-layout index.json blobs; cd ..; img-load -q -i good.tar -o s
      """)
    for way in ["-i bad.tar", "< <(cat bad.tar)"] {
      let outcome = try scratch.run("img-load -o s \(way)")
      #expect(outcome.status == 6, "\(outcome)")
      expectOneLine(outcome, from: "img-load", containing: "the configuration calls layer")
    }
  }

  @Test("an archive on a pipe is read once and written once, whatever its order", .needs("strace"))
  func onePass() throws {
    let scratch = try Scratch()
    try scratch.ok(
      "skopeo --insecure-policy copy -q oci:\(Images.layout.get()):app:latest docker-archive:a.tar:app:1")
    let size = try scratch.read("a.tar").count
    for way in ["cat a.tar |", "< a.tar"] {
      let written = try scratch.ok(
        """
        rm -rf s; \(way) strace -f -qq -o calls -e trace=write,pwrite64,copy_file_range,sendfile,splice img-load -q -o s
        sed -n 's/.* = \\([0-9]*\\)$/\\1/p' calls | awk '{ n += $1 } END { print n }'
        """)
      #expect((Int(written.split(separator: "\n").last ?? "") ?? 0) < size + 65536, "\(written) of \(size)")
    }
  }

  @Test("a thousand layers don't need a thousand open files", .tags(.slow))
  func manyLayers() throws {
    let scratch = try Scratch()
    try scratch.ok("/usr/bin/python3 \(Self.fixtures)/large.py a.tar 300 1000 plain; ulimit -n 600")
    for way in ["-i a.tar", "< <(cat a.tar)"] {
      try scratch.ok("ulimit -n 600; rm -rf s; img-load -q -o s \(way)")
      #expect(try scratch.ok("ls s/blobs/sha256 | wc -l; find s/.partial -type f | wc -l") == "1002\n0")
    }
  }
}
