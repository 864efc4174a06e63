import Testing

/// From one tool to the next and back: the image stays what it is.
@Suite("img-load, round trips", .needs("skopeo", "jq"), .needsRoot)
struct LoadRoundTripTests {
  @Test(
    "docker → img-load → img-save → docker, podman, skopeo and again: the same image ID, and it runs",
    .needs("dockerd", "podman"), arguments: ["app", "debian"])
  func roundTrip(image: String) throws {
    let scratch = try Scratch()
    let name = "docker.io/round/\(image):1"
    let docker = Engine.docker
    let podman = Engine.podman
    try scratch.ok(
      """
      skopeo --insecure-policy copy -q oci:\(Images.layout.get()):\(image):latest docker-archive:first.tar:\(name)
      \(docker.load()) < first.tar; \(docker.save(name)) | img-load -q -o one; img-save one > one.tar
      """)
    let id = try scratch.ok(docker.imageID(name))
    func expectSame(_ layout: String) throws {
      let config = try scratch.ok(
        "img-save \(layout) | tar -xOf - manifest.json | jq -r '.[0] | .Config, .RepoTags[0]'")
      #expect(config == "blobs/sha256/\(id.dropFirst(7))\n\(name)")
      try scratch.expectWhole(layout, name)
    }
    try expectSame("one")
    try scratch.ok("\(docker.load()) < one.tar; \(podman.load()) < one.tar")
    for engine in [docker, podman] {
      #expect(try scratch.ok(engine.imageID(name)) == id)
      #expect(try scratch.ok(engine.run(name, "echo ok")) == "ok")
    }
    try scratch.ok(
      "\(podman.save(name)) | img-load -q -o two; img-save two > two.tar; skopeo --insecure-policy copy -q docker-archive:two.tar docker-archive:three.tar:\(name)"
    )
    try expectSame("two")
    try scratch.ok("img-load -q -i three.tar -o three; img-save --compress gzip -q three | \(docker.load())")
    try expectSame("three")
    #expect(try scratch.ok(docker.imageID(name)) == id)
    #expect(try scratch.ok(docker.run(name, "echo ok")) == "ok")
  }

  @Test(
    "save → load → save is byte-identical, whatever lies between",
    arguments: ["app", "multi", "zstd", "labelled"])
  func identical(image: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      """
      save='img-save --platform linux/amd64'; $save \(Images.layout.get()):\(image):latest > a.tar
      img-load -q -i a.tar -o s; $save s | cmp - a.tar; cat a.tar | img-load | $save | cmp - a.tar
      zstd -qc a.tar | img-load -q -o t; $save t | cmp - a.tar; tar -cf sorted.tar --sort=name -C t oci-layout index.json blobs
      img-load < sorted.tar | $save | cmp - a.tar; cat sorted.tar | img-load | $save | cmp - a.tar
      """)
  }
}
