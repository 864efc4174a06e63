import Testing

/// img-inspect: the same of every carrier, in agreement with others.
@Suite(.needs("skopeo", "jq"))
struct InspectTests {
  /// Makes the layout `store` of one test image under a full name.
  private func layout(_ image: String, in scratch: Scratch) throws {
    try scratch.ok(
      #"""
      skopeo --insecure-policy copy -q --all --preserve-digests \#
        oci:\#(Images.layout.get()):\#(image):latest oci:store:\#(image):latest
      jq '.manifests |= map(.annotations["io.containerd.image.name"] =
        "docker.io/library/" + .annotations["org.opencontainers.image.ref.name"])' store/index.json > new
      mv new store/index.json
      """#)
  }

  @Test("documents are given byte for byte, as skopeo gives them", arguments: ["app", "labelled", "multi"])
  func exact(image: String) throws {
    let scratch = try Scratch()
    try layout(image, in: scratch)
    try scratch.ok(
      """
      img-inspect --raw store | cmp - <(skopeo inspect --raw oci:store)
      img-inspect --config store | cmp - <(skopeo inspect --config --raw oci:store)
      """)
    #expect(
      try scratch.ok("img-inspect --raw store | sha256sum | cut -c1-64")
        == String(Images.digest(image).dropFirst(7)))
  }

  @Test("the digest, layers and environment are those that skopeo shows")
  func skopeo() throws {
    let scratch = try Scratch()
    try layout("app", in: scratch)
    let ours = try scratch.ok(
      "img-inspect --json store | jq -cS '[.descriptor.digest, [.layers[].digest], .config.config.Env, .config.os]'"
    )
    #expect(
      try ours == scratch.ok("skopeo inspect oci:store | jq -cS '[.Digest, .Layers, .Env, .Os]'"))
  }

  @Test(
    "docker shows the same fields and history of the same image", .needsRoot, .needs("dockerd"),
    arguments: ["busybox", "app"])
  func docker(image: String) throws {
    let scratch = try Scratch()
    try layout(image, in: scratch)
    let name = "docker.io/library/\(image):latest"
    let docker = try Engine.docker.load().replacing(" load", with: "")
    try scratch.ok("img-save store | \(docker) load")
    for field in [
      "Id", "Created", "Author", "Architecture", "Os", "Config.Env", "Config.Cmd", "Config.Entrypoint",
      "Config.User", "Config.WorkingDir", "Config.Labels", "RootFS.Type", "RootFS.Layers",
    ] {
      let format = "--format '{{json .\(field)}}'"
      #expect(
        try scratch.ok("img-inspect \(format) store")
          == scratch.ok("\(docker) image inspect \(format) \(name)"), "\(field)")
    }
    let steps = try scratch.ok("\(docker) history --no-trunc --format '{{.CreatedBy}}' \(name)")
    #expect(try scratch.ok("img-inspect --json store | jq -r '.history | reverse[].createdBy'") == steps)
  }

  @Test("every carrier shows the same", arguments: ["app", "zstd", "plain"])
  func carriers(image: String) throws {
    let scratch = try Scratch()
    try layout(image, in: scratch)
    try scratch.ok("img-save store > a.img; gzip -k a.img; gzip -dc a.img.gz | cmp - a.img")
    for option in [
      "", "--json", "--layers", "--files", "--files --json", "--raw", "--config", "--check -q --json",
    ] {
      let expected = try scratch.run("img-inspect \(option) store:\(image)")
      #expect(expected.status == 0 && !expected.bytes.isEmpty, "\(expected)")
      for operand in ["a.img", "a.img.gz", "- < a.img", "< a.img.gz", "-:\(image) < <(cat a.img)"] {
        #expect(
          try scratch.run("img-inspect \(option) \(operand)").bytes == expected.bytes, "\(option) \(operand)")
      }
    }
    // Docker's archives know no zstd.
    if image == "zstd" { return }
    let format = "--format '{{.Id}} {{json .RootFS}}'"
    try scratch.ok("skopeo --insecure-policy copy -q oci:store docker-archive:d.img:\(image)")
    #expect(try scratch.ok("img-inspect \(format) store") == scratch.ok("img-inspect \(format) < d.img"))
  }

  @Test(
    "of an index the platform asked for is shown, from a pipe too",
    arguments: ["store", "< a.img", "- < <(cat a.img)"])
  func platforms(operand: String) throws {
    let scratch = try Scratch()
    try layout("multi", in: scratch)
    try scratch.ok("img-save --platform linux/arm64 store > a.img")
    for platform in ["linux/amd64", "linux/arm64"] {
      let architecture = platform.split(separator: "/")[1]
      #expect(
        try scratch.ok("img-inspect --platform \(platform) --format '{{.Architecture}}' \(operand)")
          == architecture)
      #expect(
        try scratch.ok("img-inspect --platform \(platform) --config \(operand) | jq -r .architecture")
          == architecture)
    }
    #expect(try scratch.ok("img-inspect --platform linux/arm64 --files \(operand)").contains(" hello"))
    let none = try scratch.run("img-inspect --platform linux/s390x \(operand)")
    #expect(none.status == 3)
    #expect(none.errors.contains("no image for linux/s390x; there is linux/amd64, linux/arm64"))
    #expect(try scratch.ls("tmp").isEmpty)
  }

  @Test("a stream is verified to its end before anything is shown")
  func verified() throws {
    let scratch = try Scratch()
    try layout("busybox", in: scratch)
    let outcome = try scratch.run(
      """
      img-save store > a.img; at=$(($(stat -c %s a.img) / 2))
      printf '\\xff\\x00\\xff' | dd of=a.img bs=1 seek=$at conv=notrunc status=none
      for option in '' --json --raw --config --layers --files; do cat a.img | img-inspect $option; echo $?; done
      img-save store | head -c 100000 | img-inspect; echo $?
      """)
    #expect(outcome.output == [String](repeating: "6", count: 7).joined(separator: "\n"), "\(outcome)")
  }

  @Test("options that exclude each other are refused")
  func usage() throws {
    let scratch = try Scratch()
    for options in [
      "--raw --config", "--files --layers", "--json --raw", "--format '{{.Id}}' --json", "--format '{{if}}'",
    ] {
      #expect(try scratch.run("img-inspect \(options) store").status == 2, "\(options)")
    }
  }
}

extension Scratch {
  /// The names in a directory in here.
  fileprivate func ls(_ directory: String) throws -> [String] { try run("ls -A \(directory)").lines }
}
