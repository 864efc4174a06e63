import Testing

/// img-mount without root: a real user, in a user namespace with subordinate numbers, and without any.
@Suite(
  "img-mount, as a user", .needsRoot,
  .needs(
    "skopeo", "dockerd", "umoci", "podman", "buildah", "unshare", "setpriv", "newuidmap", "fuse-overlayfs"))
struct MountUserTests {
  /// Images that a user can't have as they are: devices, and numbers that the map lacks.
  private static let images = (Trees.invented + Trees.made).filter {
    !["specials", "large-owners", "buildah", "umoci"].contains($0)
  }

  @Test("the command sees the files of docker and umoci, owners as the image has them", arguments: images)
  func trees(image: String) throws {
    let scratch = try Scratch()
    let operand = try Trees.operand(image)
    try scratch.ok(
      scratch.asUser(
        """
        set -e; mkdir m; export IMG_LAYERS=$PWD/layers
        img-mount -q \(operand) m -- \(Trees.tree) list m > within
        img-mount -q --unpack \(operand) copy
        img-mount -q \(operand) m -- \(Trees.tree) list copy > copied; rmdir m
        """))
    // Devices are not for a user to make.
    let devices = ["console", "full", "null", "ptmx", "random", "tty", "urandom", "zero"].map { "dev/\($0)" }
    for list in ["within", "copied"] {
      try scratch.expectTree(list, of: image, skip: image == "debian" ? devices : [])
    }
  }

  @Test(
    "what devices a user can't make don't stand in the way of the rest",
    arguments: ["specials", "buildah", "umoci"])
  func devices(image: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      scratch.asUser(
        "mkdir m; IMG_LAYERS=$PWD/layers img-mount -q \(Trees.operand(image)) m -- \(Trees.tree) list m > list"
      ))
    try scratch.expectTree("list", of: image, skip: ["null", "loop", "block"])
  }

  @Test(
    "each driver that works for users shows the same files", arguments: ["overlay", "fuse"],
    ["docker", "modes", "hardlinks", "names", "many"])
  func drivers(driver: String, image: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      scratch.asUser(
        """
        mkdir m; export IMG_LAYERS=$PWD/layers
        img-mount -q --driver \(driver) \(Trees.operand(image)) m -- \(Trees.tree) list m > list
        """))
    try scratch.expectTree("list", of: image, without: driver == "fuse" ? "links" : "")
  }

  @Test(
    "without subordinate numbers all files are the user's, and everything else is as it should be",
    arguments: ["docker", "names", "many"])
  func alone(image: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      scratch.asUser(
        """
        mkdir m; export IMG_LAYERS=$PWD/layers
        img-mount -q \(Trees.operand(image)) m -- \(Trees.tree) list m > list
        img-mount -q --unpack \(Trees.operand(image)) copy; find copy ! -user 4242 | head >&2
        """, subordinate: false))
    try scratch.expectTree("list", of: image, without: "owner")
  }

  @Test(
    "a program of the image runs as its root; --rw and --upper work; what is temporary is gone afterwards")
  func runs() throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("busybox")
    let outcome = try scratch.run(
      scratch.asUser(
        """
        set -e; mkdir m up; export IMG_LAYERS=$PWD/layers
        img-mount -q \(operand) m -- chroot m /bin/id -u
        img-mount -q --rw \(operand) m -- sh -c 'echo x > m/x; rm -r m/etc; mv m/tmp m/moved; chown 5:6 m/x; ls m'
        img-mount -q --upper up \(operand) m -- sh -c 'echo kept > m/x; rm m/bin/sh'
        img-mount -q --upper up \(operand) m -- sh -c 'cat m/x; ls m/bin/sh || true' 2>/dev/null
        ls -A m layers/mounts; rm -rf up 2>/dev/null || img-mount -q \(operand) m -- rm -rf up
        """))
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.prefix(5) == ["0", "bin", "moved", "x", "kept"], "\(outcome)")
    #expect(try scratch.ok("cat /proc/self/mountinfo | grep -c \(scratch.path) || true") == "0")
  }

  @Test("-n of a user is what mount(8) takes in the user's namespace")
  func options() throws {
    let scratch = try Scratch()
    try scratch.ok(
      scratch.asUser(
        """
        set -e; mkdir m; export IMG_LAYERS=$PWD/layers; operand=\(Trees.operand("docker"))
        options=$(img-mount -q -n $operand)
        img-mount -q $operand m -- sh -c 'mount -t overlay overlay -o "$0" m; \(Trees.tree) list m > list' "$options"
        """))
    try scratch.expectTree("list", of: "docker")
  }

  @Test("what is missing is said in one line: user namespaces, newuidmap, fuse", .tags(.hostile))
  func missing() throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("busybox")
    let plain = try scratch.asUser("mkdir -p m; IMG_LAYERS=$PWD/layers img-mount -q \(operand) m -- true")
    let off = plain.replacing("set -e\n", with: "set -e; echo 0 > /proc/sys/user/max_user_namespaces\n")
    // Where the kernel's settings can't be changed, only the rest can be tried.
    let mayTurnOff =
      try scratch.run("echo $(cat /proc/sys/user/max_user_namespaces) > /proc/sys/user/max_user_namespaces")
      .status == 0
    let outcome = try scratch.run(
      "unshare -Ur true; n=$(cat /proc/sys/user/max_user_namespaces); \(off); s=$?; echo $n > /proc/sys/user/max_user_namespaces; exit $s"
    )
    if mayTurnOff {
      #expect(outcome.status == 4, "\(outcome)")
      expectOneLine(outcome, from: "img-mount", containing: "user namespace")
    }
    let fuse = try scratch.run(
      scratch.asUser(
        "mkdir -p m; IMG_LAYERS=$PWD/layers img-mount -q --driver fuse \(operand) m -- true",
        prepare: "chmod 600 fuse; chown 0 fuse"
      ).replacing("chown -R 4242:4242 home tmp .", with: "chown 4242 home tmp . user.sh"))
    #expect(fuse.status == 4, "\(fuse)")
    expectOneLine(fuse, from: "img-mount", containing: "fuse")
    // A mount that would end with the command.
    let nothing = try scratch.run(
      scratch.asUser("mkdir -p m; IMG_LAYERS=$PWD/layers img-mount -q --driver overlay \(operand) m"))
    #expect(nothing.status == 4, "\(nothing)")
    expectOneLine(nothing, from: "img-mount", containing: "--")
  }
}
