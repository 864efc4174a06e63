import Testing

/// img-inspect --check finds what is wrong, wherever it is, and nothing else.
@Suite(.tags(.hostile), .needs("skopeo", "jq"))
struct InspectCheckTests {
  /// Makes the layout `store` of these test images.
  private func layout(_ images: String..., in scratch: Scratch) throws {
    for image in images {
      try scratch.ok(
        "skopeo --insecure-policy copy -q --all --preserve-digests oci:\(Images.layout.get()):\(image):latest oci:store:\(image):latest"
      )
    }
  }

  @Test("whole layouts and archives have no problem")
  func whole() throws {
    let scratch = try Scratch()
    try layout("app", "app2", "zstd", "plain", "multi", "labelled", in: scratch)
    #expect(try scratch.run("img-inspect --check store").errors.isEmpty)
    #expect(try scratch.ok("img-inspect --check store").hasSuffix(": no problem found"))
    try scratch.ok(
      "img-save --platform linux/amd64 store:app:latest store:app2:latest store:multi:latest > all.img")
    for operand in ["all.img", "< all.img", "- < <(cat all.img)", "store:app:latest"] {
      #expect(try scratch.run("img-inspect --check \(operand)").errors.isEmpty, "\(operand)")
    }
    let report = try scratch.ok(
      "img-inspect --check --json all.img | jq -c '[.images, .problems, .absent, .strays]'")
    #expect(report == "[3,[],[],[]]")
  }

  @Test("a changed byte of any blob is one problem", arguments: ["store", "< bad.img", "- < <(cat bad.img)"])
  func changed(operand: String) throws {
    let scratch = try Scratch()
    try layout("busybox", in: scratch)
    let answers = try scratch.ok(
      """
      cp -r store good
      for blob in $(cd store/blobs/sha256; ls); do size=$(stat -c %s store/blobs/sha256/$blob)
        for at in 0 $((size / 2)) $((size - 1)); do
          rm -rf store; cp -r good store; b=store/blobs/sha256/$blob
          byte=$(od -An -tu1 -j $at -N 1 $b | tr -d ' ')
          printf "\\\\$(printf %03o $((byte ^ 1)))" | dd of=$b bs=1 seek=$at conv=notrunc status=none
          tar -cf bad.img -C store oci-layout index.json blobs
          img-inspect --check \(operand) >/dev/null 2>errors; echo $? $(grep -c $blob errors)
        done
      done
      """)
    #expect(answers.split(separator: "\n").count == 9)
    for answer in answers.split(separator: "\n") { #expect(answer == "6 1") }
  }

  @Test(
    "what else can be wrong in a layout",
    arguments: [
      ("rm $layer", "is missing"), ("truncate -s -1 $layer", "bytes"),
      ("rm $layer; ln -s /dev/zero $layer", "symbolic"),
      ("rm $layer; mkfifo $layer", "regular"), ("rm $manifest", "is missing"),
      (#"jq '.manifests[0].size += 1' store/index.json > n; mv n store/index.json"#, "bytes"),
      (
        #"jq '.manifests += [.manifests[0] | .digest = "sha256:" + "0" * 64]' store/index.json > n; mv n store/index.json"#,
        "the name of both"
      ),
      (
        #"jq '.manifests[0].annotations["io.containerd.image.name"] = "NO NAME"' store/index.json > n; mv n store/index.json"#,
        "a name that is none"
      ),
    ])
  func wrong(change: String, words: String) throws {
    let scratch = try Scratch()
    try layout("busybox", in: scratch)
    let outcome = try scratch.run(
      """
      layer=$(find store/blobs -size +100k); manifest=store/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' store/index.json)
      \(change); img-inspect --check store
      """)
    #expect(outcome.status == 6)
    #expect(outcome.errors.contains(words), "\(outcome)")
  }

  @Test(
    "a layer that is not the one of its configuration is found, whichever way it is stored",
    arguments: ["gzip", "zstd", "none"])
  func diffID(compression: String) throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      """
      /usr/bin/python3 -B - <<'END'
      import sys; sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      import images
      store = images.Layout("store")
      one, two = store.layer(images.tar([("a", b"1")]), "\(compression)"), store.layer(images.tar([("b", b"2")]), "\(compression)")
      store.name(store.image([one, (two[0], one[1])]), "swapped:1")
      store.name(store.image([one, two]), "right:1")
      store.name(store.image([one, two]) and store.document({"schemaVersion": 2, "mediaType": images.MANIFEST,
        "config": store.document({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [one[1]]}}, images.CONFIG),
        "layers": [one[0], two[0]]}, images.MANIFEST), "surplus:1")
      store.finish()
      END
      img-inspect --check store; for name in swapped right surplus; do img-inspect --check -q store:$name:1 2>/dev/null >&2; echo $?; done
      """)
    #expect(outcome.lines.suffix(3) == ["6", "0", "6"], "\(outcome)")
    #expect(outcome.errors.contains("the configuration lists 1 layers, the manifest 2"))
    #expect(outcome.errors.split(separator: "\n").count == 2, "\(outcome)")
  }

  @Test("a gzip layer with something wrong behind its data is found")
  func trailer() throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      """
      /usr/bin/python3 -B - <<'END'
      import sys; sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      import gzip, hashlib, images
      store = images.Layout("store")
      tar = images.tar([("a", b"1")])
      for number, damage in enumerate([lambda z: z[:-8], lambda z: z + b"x", lambda z: z[:-1] + b"x"]):
          blob = store.blob(damage(gzip.compress(tar)), images.LAYER["gzip"])
          store.name(store.image([(blob, "sha256:" + hashlib.sha256(tar).hexdigest())]), f"damaged:{number}")
      store.finish()
      END
      img-inspect --check store
      """)
    #expect(outcome.status == 6)
    #expect(outcome.errors.split(separator: "\n").count == 3, "\(outcome)")
  }

  @Test("files that nobody uses, stale partials and absent layers are mentioned, no more")
  func mentioned() throws {
    let scratch = try Scratch()
    try layout("app", "busybox", in: scratch)
    let outcome = try scratch.run(
      """
      img-save --without store:busybox:latest store:app:latest > thin.img
      echo x > store/blobs/sha256/stray; echo x > store/blobs/sha256/$(echo x | sha256sum | cut -c1-64)
      mkdir store/.partial; touch store/.partial/sha256-$(echo y | sha256sum | cut -c1-64)
      img-inspect --check store && img-inspect --check thin.img && img-inspect --check -q store 2>&1 | wc -l
      """)
    #expect(outcome.status == 0, "\(outcome)")
    for words in ["no image uses it", "is not a blob", "left by a download", ": absent"] {
      #expect(outcome.errors.contains(words), "\(outcome)")
    }
    #expect(outcome.lines.last == "1")
  }
}
