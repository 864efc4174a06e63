import Testing

/// ctr-run without root: a real user, in a user namespace with subordinate numbers, and without any.
@Suite("ctr-run, as a user", .needsRoot, .needs("unshare", "setpriv", "newuidmap"))
struct CtrRunUserTests {
  /// What `script` says as a user, `$image` being an image with busybox and `run` ctr-run without a network.
  private func asUser(
    _ script: String, subordinate: Bool = true, prepare: String = "true"
  ) throws -> Outcome {
    let scratch = try Scratch()
    let setting = """
      export IMG_LAYERS=$PWD/layers XDG_RUNTIME_DIR=$PWD/tmp; image=\(try Images.layout.get()):busybox:latest
      run() { ctr-run -q --net none "$@"; }

      """
    return try scratch.run(scratch.asUser(setting + script, subordinate: subordinate, prepare: prepare))
  }

  @Test("root within is the user outside; every other number is a subordinate one")
  func identities() throws {
    let seen = try asUser("run $image sh -c 'id -u; id -g; cat /proc/self/uid_map'; run -u 1000:7 $image id")
    #expect(
      seen.lines.map { $0.split(separator: " ").joined(separator: " ") }
        == ["0", "0", "0 4242 1", "1 200000 65536", "uid=1000 gid=7 groups=7"], "\(seen)")
  }

  @Test("without subordinate numbers root is all there is, and other users and groups say what they take")
  func alone() throws {
    let seen = try asUser(
      """
      run $image sh -c 'id -u; cat /proc/self/uid_map /proc/self/setgroups; stat -c %u:%g / /bin'
      run -u 1000 $image true; echo $?; run --group-add 7 $image true; echo $?
      """, subordinate: false)
    #expect(
      seen.lines.map { $0.split(separator: " ").joined(separator: " ") }
        == ["0", "0 4242 1", "deny", "0:0", "0:0", "125", "125"], "\(seen)")
    #expect(seen.errors.contains("/etc/subuid") && seen.errors.contains("/etc/subgid"), "\(seen)")
  }

  @Test("a root with the host's mounts in it is refused: what they hide is not to be seen")
  func mountsInRoot() throws {
    let seen = try asUser("run --rootfs / true; echo $?")
    #expect(seen.lines == ["125"] && seen.errors.contains("has mounts in it"), "\(seen)")
  }

  @Test("files are made, given away and kept as subordinate numbers")
  func owners() throws {
    let seen = try asUser(
      """
      run --keep $PWD/kept $image sh -c 'echo a > /mine; echo b > /other; chown 1000:7 /other; stat -c %u:%g /other'
      stat -c %u:%g kept/mine kept/other
      """)
    #expect(seen.lines == ["1000:7", "4242:4242", "200999:200006"], "\(seen)")
  }

  @Test("statuses are docker's", arguments: [true, false])
  func statuses(subordinate: Bool) throws {
    let seen = try asUser(
      """
      run $image sh -c 'exit 7'; echo $?; run $image /none; echo $?; run $image /etc; echo $?; run --none $image true; echo $?
      """, subordinate: subordinate)
    #expect(seen.lines == ["7", "127", "126", "125"], "\(seen)")
  }

  @Test("/proc is the container's own, and masked; capabilities are podman's", arguments: [true, false])
  func confinement(subordinate: Bool) throws {
    let seen = try asUser(
      """
      run $image sh -c 'echo $$; ls /proc | grep -c "^[0-9]"; wc -c < /proc/kcore; grep CapEff /proc/self/status
        grep NoNewPrivs /proc/self/status; grep Seccomp: /proc/self/status; echo 1 2>/dev/null > /proc/sys/kernel/core_pattern || echo no
        mount -t tmpfs none /mnt 2>/dev/null || echo no; ls /sys/class/net; id -u'
      run --cap-drop ALL $image sh -c 'grep CapEff /proc/self/status'
      """, subordinate: subordinate)
    #expect(seen.lines.first == "1" && seen.lines.count { $0 == "no" } == 2, "\(seen)")
    for line in [
      "lo", "CapEff:\t00000000800405fb", "NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000",
    ] {
      #expect(seen.lines.contains(line), "\(line): \(seen)")
    }
  }

  @Test("the host's network is had with --net host, and without tun pasta's error names the ways out")
  func network() throws {
    let seen = try asUser(
      """
      ctr-run -q --net host $image sh -c 'readlink /proc/self/ns/net' | cmp - <(readlink /proc/self/ns/net) && echo same
      ctr-run -q $image true; echo $?
      """,
      prepare: "mkdir -p /dev/net; mount -t tmpfs none /dev/net"
    )
    #expect(seen.lines == ["same", "125"], "\(seen)")
    #expect(seen.errors.contains("--network none or host"), "\(seen)")
  }

  @Test(
    "a user's container reaches out through pasta", .needs("pasta"), arguments: [true, false])
  func pasta(subordinate: Bool) throws {
    let seen = try asUser(
      "ctr-run -q $image sh -c 'ls /sys/class/net | wc -l'; pgrep -u 4242 pasta || echo gone",
      subordinate: subordinate,
      prepare: "mknod -m 666 tun c 10 200; mount --bind tun /dev/net/tun")
    #expect(seen.lines == ["2", "gone"], "\(seen)")
  }

  @Test(
    "what kill -9 leaves is gone with the next run: name, changes and processes", arguments: [true, false])
  func sweeping(subordinate: Bool) throws {
    let seen = try asUser(
      """
      run --name box $image true; echo $?
      ctr-run -q --net none --name box $image sh -c 'echo a > /file; chmod 0 /etc; sleep 4242' & runner=$!
      for i in $(seq 100); do [ -e layers/mounts/*/upper/file ] && break; sleep 0.1; done
      run --name box $image true; echo $?
      kill -9 $runner; wait $runner; for i in $(seq 50); do pgrep -f 'sleep 4242$' >/dev/null || break; sleep 0.1; done
      pgrep -f 'sleep 4242$' || echo dead
      ls layers/mounts | wc -l; ls tmp/ociutils/names
      run $image true; ls layers/mounts | wc -l; ls tmp/ociutils/names | wc -l
      run --name box $image true; echo $?
      """, subordinate: subordinate)
    #expect(seen.lines == ["0", "125", "dead", "1", "box", "0", "0", "0"], "\(seen)")
  }

  @Test("as root, --userns has the image's owners within and other numbers outside; nothing stays")
  func shifted() throws {
    let scratch = try Scratch()
    let seen = try scratch.run(
      """
      export IMG_LAYERS=$PWD/layers; image=\(Images.layout.get()):busybox:latest
      ctr-run -q --net none --userns 300000:65536 -v $PWD:/host $image sh -c '
        id -u; cat /proc/self/uid_map; stat -c %u:%g / /bin /bin/busybox; echo a > /mine; echo b > /bin/other
        chown 1000:7 /bin/other; stat -c %u:%g /mine /bin/other; exit 9'; echo $?
      ls $IMG_LAYERS/mounts | wc -l; stat -c %u:%g $IMG_LAYERS/*/*/tree/bin
      ctr-run -q --net none --userns 300000:65536 --keep kept $image true; echo $?
      """)
    #expect(
      seen.lines.map { $0.split(separator: " ").joined(separator: " ") } == [
        "0", "0 300000 65536", "0:0", "0:0", "0:0", "0:0", "1000:7", "9", "0", "0:0", "125",
      ], "\(seen)")
  }
}
