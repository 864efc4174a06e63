import Testing

/// img-mount, as root: an image becomes a root file system, the same that docker and umoci make of it.
@Suite("img-mount", .needsRoot, .needs("skopeo", "dockerd", "umoci", "podman", "buildah", "unshare", "jq"))
struct MountTests {
  @Test("the fixtures are all images that the layout has", .tags(.slow))
  func fixtures() throws {
    let names = try Scratch().ok(
      "jq -r '.manifests[].annotations[\"org.opencontainers.image.ref.name\"]' \(Trees.directory.get())/layout/index.json"
    )
    let plain = Set(names.split(separator: "\n").map(String.init).filter { !$0.hasSuffix("-twin") })
    #expect(plain == Set(Trees.invented + Trees.made + ["none"]))
  }

  @Test(
    "mounted, run in and copied out, an image's files are those of docker and umoci, each of their attributes",
    arguments: Trees.invented + Trees.made)
  func trees(image: String) throws {
    let scratch = try Scratch()
    let operand = try Trees.operand(image)
    try scratch.ok(
      """
      mkdir m; export IMG_LAYERS=$PWD/layers
      unshare -m bash -ec 'img-mount -q \(operand) m; \(Trees.tree) list m > mounted; img-mount -q -u m'
      img-mount -q \(operand) m -- \(Trees.tree) list m > within
      img-mount -q --unpack \(operand) copy; \(Trees.tree) list copy > copied
      rmdir m
      """)
    for list in ["mounted", "within", "copied"] { try scratch.expectTree(list, of: image) }
    #expect(
      try scratch.ok("find layers -path '*/.new/*' | head; ls -A layers/mounts 2>/dev/null || true") == "")
  }

  @Test(
    "every carrier gives the same tree: a layout, archives, a stream and an archive on a pipe",
    arguments: ["docker", "many"])
  func carriers(image: String) throws {
    let scratch = try Scratch()
    let operand = try Trees.operand(image)
    try scratch.ok(
      """
      mkdir m; img-save -q \(operand) > a.img; gzip -k a.img
      skopeo --insecure-policy copy -q oci:\(operand) docker-archive:d.tar:x:1
      skopeo --insecure-policy copy -q oci:\(operand) oci:layout:x
      """)
    for (number, way) in [
      "layout:x", "layout", "a.img", "a.img.gz", "d.tar", "d.tar:x:1", "- < a.img", "- < <(cat a.img)",
      "- < <(cat a.img.gz)",
      "- < <(cat d.tar)",
    ].enumerated() {
      let (from, input) = (
        way.split(separator: " ")[0], way.split(separator: " ").dropFirst().joined(separator: " ")
      )
      try scratch.ok(
        "IMG_LAYERS=$PWD/layers\(number) img-mount -q --unpack \(from) copy\(number) \(input); \(Trees.tree) list copy\(number) > list"
      )
      try scratch.expectTree("list", of: image)
    }
    #expect(try scratch.ok("ls -A tmp") == "")
  }

  @Test("the option string of -n is one that mount(8) takes", arguments: ["docker", "names", "hardlinks"])
  func options(image: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      """
      mkdir 'm'; export IMG_LAYERS="$PWD/lay:ers,\\\\x"; options=$(img-mount -q -n \(Trees.operand(image)))
      unshare -m bash -ec 'mount -t overlay overlay -o "$1" m; \(Trees.tree) list m > list' - "$options"
      """)
    try scratch.expectTree("list", of: image)
  }

  @Test("it is read-only, unless with --rw, whose changes are gone, or --upper, whose changes stay")
  func writable() throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("busybox")
    let script = """
      mkdir m; export IMG_LAYERS=$PWD/layers; set -e
      img-mount -q \(operand) m; ! touch m/x 2>/dev/null; img-mount -q -u m
      img-mount -q --rw \(operand) m; touch m/x; rm m/bin/sh; img-mount -q -u m; [ ! -e m/x ]
      mkdir up; img-mount -q --upper up \(operand) m; echo kept > m/x; rm m/bin/sh; mv m/etc m/conf; img-mount -q -u m; [ ! -e m/x ]
      img-mount -q --upper up \(operand) m; cat m/x; [ ! -e m/bin/sh ]; [ -d m/conf ]; img-mount -q -u m
      img-mount -q \(operand) m; [ ! -e m/x ]; ls m/bin/sh; img-mount -q -u m
      """
    try scratch.write("script", script)
    let outcome = try scratch.run("unshare -m bash script")
    #expect(outcome.status == 0 && outcome.lines == ["kept", "m/bin/sh"], "\(outcome)")
    #expect(try scratch.ok("ls -A layers/mounts 2>/dev/null || true") == "", "temporary directories are gone")
  }

  @Test(
    "without operands it lists what is mounted; -u leaves nothing behind, and says where nothing is mounted")
  func listed() throws {
    let scratch = try Scratch()
    try scratch.write(
      "script",
      """
      mkdir m n; export IMG_LAYERS=$PWD/layers; set -e
      img-mount -q \(try Trees.operand("app")) m; img-mount -q --rw \(try Trees.operand("busybox")) n
      img-mount; echo; img-mount --json | jq -c .
      img-mount -q -u m; img-mount -q -u n; echo; img-mount; img-mount -u m 2>errors && exit 9; cat errors; rmdir m n
      """)
    let outcome = try scratch.run("unshare -m bash script")
    let text = outcome.output
    #expect(outcome.status == 0, "\(outcome)")
    for word in ["\(scratch.path)/m", "\(scratch.path)/n", "app", "busybox", "overlay", "10"] {
      #expect(text.contains(word), "\(word): \(outcome)")
    }
    #expect(text.contains("img-mount: "), "\(outcome)")
    #expect(try scratch.ok("ls -A layers/mounts 2>/dev/null || true") == "")
  }

  @Test(
    "a command in the mount has its own status, standard input and output, and nobody else sees the mount")
  func command() throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("busybox")
    try scratch.ok("mkdir m")
    let layers = ["IMG_LAYERS": "\(scratch.path)/layers"]
    #expect(try scratch.run("img-mount -q \(operand) m -- sh -c 'exit 7'", layers).status == 7)
    #expect(try scratch.run("img-mount -q \(operand) m -- sh -c 'kill -TERM $$'", layers).status == 128 + 15)
    #expect(try scratch.ok("echo hello | img-mount -q \(operand) m -- cat", layers) == "hello")
    #expect(
      try scratch.ok("img-mount -q \(operand) m -- chroot m /bin/sh -c 'echo /bin/*'", layers).contains(
        "/bin/busybox"))
    #expect(try scratch.ok("img-mount -q \(operand) m -- ls; ls -A m", layers).contains("layers"))
    #expect(
      try scratch.run("img-mount -q --rw \(operand) m -- sh -c 'echo x > m/x; cat m/x'; ls -A m", layers)
        .output == "x")
    #expect(try scratch.run("img-mount -q \(operand) m -- /nonexistent/program", layers).status != 0)
    #expect(try scratch.ok("grep -c \(scratch.path)/m /proc/self/mountinfo || true") == "0")
    #expect(try scratch.ok("ls -A layers/mounts 2>/dev/null || true") == "")
  }

  @Test(
    "every driver that works here shows the same tree", arguments: ["overlay", "fuse", "copy"],
    ["docker", "names", "hardlinks", "many"])
  func drivers(driver: String, image: String) throws {
    let scratch = try Scratch()
    let names = try scratch.ok("IMG_LAYERS=$PWD/layers img-mount --drivers")
    #expect(names.contains(driver))
    // A copy is no mount: it stays, and there is nothing to unmount.
    let (command, unmount) =
      driver == "copy" ? ("; ", "find m -mindepth 1 -delete") : (" -- ", "img-mount -q -u m")
    try scratch.ok(
      """
      mkdir m; export IMG_LAYERS=$PWD/layers
      img-mount -q --driver \(driver) \(Trees.operand(image)) m\(command)\(Trees.tree) list m > list
      find m -mindepth 1 -delete
      unshare -m bash -ec 'img-mount -q --driver \(driver) \(Trees.operand(image)) m; \(Trees.tree) list m > list2; \(unmount)'
      rmdir m
      """)
    // fuse-overlayfs numbers inodes by itself, and shows directories at the time it looks at them.
    let without = driver == "fuse" ? "links" : ""
    try scratch.expectTree("list", of: image, without: without)
    try scratch.expectTree("list2", of: image, without: without)
  }

  @Test("120 layers and 500 layers are mounted, in an option string, too")
  func layers() throws {
    let scratch = try Scratch()
    try scratch.write(
      "make.py",
      """
      import sys
      sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      from layers import *
      store = images.Layout("store")
      store.name(store.image([store.layer(layer(file("f%d" % n), file("same", b"%d" % n))) for n in range(499)]), "x")
      store.finish()
      """)
    let outcome = try scratch.run(
      """
      mkdir m; /usr/bin/python3 -B make.py; export IMG_LAYERS=$PWD/layers
      unshare -m bash -ec 'img-mount -q store m; ls m | wc -l; cat m/same; echo'
      """)
    #expect(outcome.output == "500\n498", "\(outcome)")
  }

  @Test("a layer that relies on what is below, twice in an image, comes through a pipe")
  func twice() throws {
    let scratch = try Scratch()
    try scratch.write(
      "make.py",
      """
      import sys
      sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      from layers import *
      store = images.Layout("store")
      base, change = layer(folder("d", mode=0o711), file("d/y")), layer(file("d/x", b"here"))
      store.name(store.image([store.layer(data) for data in (base, change, layer(gone("d/x")), change)]), "x")
      store.finish()
      """)
    let outcome = try scratch.run(
      """
      mkdir m; /usr/bin/python3 -B make.py; export IMG_LAYERS=$PWD/layers
      img-save store | img-mount -q - m -- sh -c 'cat m/d/x; echo; stat -c %a m/d'
      """)
    #expect(outcome.lines == ["here", "711"], "\(outcome)")
  }

  @Test("sparse files stay sparse, in the store and copied out")
  func sparse() throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      "IMG_LAYERS=$PWD/layers img-mount -q --unpack \(Trees.operand("sparse")) copy; du -sk copy layers | cut -f 1"
    )
    #expect(
      outcome.status == 0 && outcome.lines.count == 2 && outcome.lines.allSatisfy { Int($0)! < 12_000 },
      "\(outcome)")
  }
}
