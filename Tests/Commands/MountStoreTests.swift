import Testing

/// The layer store under img-mount: shared, concurrent, killed, full, read-only, collected.
@Suite(
  "img-mount, its store", .needsRoot, .needs("skopeo", "dockerd", "umoci", "unshare", "strace"), .serialized)
struct MountStoreTests {
  @Test("two images share the layers that they have in common, and the second unpacks only its own")
  func shared() throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      """
      export IMG_LAYERS=$PWD/layers; set -e
      img-mount -q -n \(Images.layout.get()):app:latest > /dev/null; ls -d layers/*/*sha256-* | wc -l
      stat -c '%i %Z %n' layers/*/*sha256-*/tree > first
      img-mount -q -n \(Images.layout.get()):app2:latest > /dev/null; ls -d layers/*/*sha256-* | wc -l
      stat -c '%i %Z %n' layers/*/*sha256-*/tree > second; grep -c -x -F -f first second
      """)
    #expect(outcome.status == 0 && outcome.lines == ["10", "12", "10"], "\(outcome)")
  }

  @Test("eight commands at once on an empty store unpack each layer once")
  func concurrent() throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      """
      mkdir m{1..8}; export IMG_LAYERS=$PWD/layers; set -e; pids=
      for i in 1 2 3 4 5 6 7 8; do
        strace -f -o trace$i -e trace=openat,openat2,mkdirat,linkat img-mount -q \(Trees.operand("app")) m$i -- \(Trees.tree) list m$i > list$i & pids="$pids $!"
      done
      for pid in $pids; do wait $pid; done
      for name in a b c d e f g h i; do cat trace? | grep -c "\\"$name\\", .*O_CREAT" || true; done | sort | uniq -c
      ls -A layers/*/.new layers/mounts 2>/dev/null | grep -v : | grep . || true
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.count == 1 && outcome.output.hasSuffix(" 1"), "each file was made once: \(outcome)")
    for number in 1...8 { try scratch.expectTree("list\(number)", of: "app") }
  }

  @Test(
    "killed at any system call, the next run has it all, and nothing half is taken for whole", .tags(.slow),
    arguments: [
      "openat", "openat2", "mkdirat", "renameat", "renameat2", "symlinkat", "flock", "syncfs", "fchmodat",
      "utimensat", "unlinkat", "write",
    ])
  func killed(call: String) throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("docker")
    let outcome = try scratch.run(
      """
      mkdir m; export IMG_LAYERS=$PWD/layers
      for when in 1 2 3 5 8 13 21 34 55; do
        rm -rf layers
        for again in 1 2; do strace -f -o /dev/null -e inject=\(call):signal=KILL:when=$when img-mount -q -n \(operand) > /dev/null 2>&1; done
        img-mount -q \(operand) m -- \(Trees.tree) list m > list$when || exit 9
        [ -z "$(find layers -path '*/.new/*/*' 2>/dev/null)" ] || { find layers -path '*/.new/*/*' | head -3; exit 8; }
      done
      """)
    #expect(outcome.status == 0, "\(outcome)")
    for when in [1, 2, 3, 5, 8, 13, 21, 34, 55] { try scratch.expectTree("list\(when)", of: "docker") }
  }

  @Test(
    "an error of the disk at any system call is one line, status 1, and nothing half is taken for whole",
    .tags(.slow),
    arguments: [
      "openat", "openat2", "mkdirat", "renameat2", "symlinkat", "syncfs", "fchmodat", "utimensat", "write",
      "ftruncate",
    ],
    ["EIO", "ENOSPC"])
  func broken(call: String, error: String) throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("docker")
    let outcome = try scratch.run(
      """
      mkdir m; export IMG_LAYERS=$PWD/layers
      for when in 3 5 8 13 21 34 55; do
        rm -rf layers
        strace -f -o /dev/null -P $PWD/layers -e inject=\(call):error=\(error):when=$when+ img-mount -q -n \(operand) > /dev/null 2>errors; status=$?
        [ $status -le 6 ] || { echo $status; cat errors; exit 7; }
        [ $status = 0 ] || [ $(wc -l < errors) = 1 ] || { cat errors; exit 6; }
        img-mount -q \(operand) m -- \(Trees.tree) list m > list$when || exit 9
      done
      """)
    #expect(outcome.status == 0, "\(outcome)")
    for when in [3, 5, 8, 13, 21, 34, 55] { try scratch.expectTree("list\(when)", of: "docker") }
  }

  @Test("SIGTERM and SIGINT end it within a second, with nothing left behind", arguments: ["TERM", "INT"])
  func interrupted(signal: String) throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      """
      export IMG_LAYERS=$PWD/layers
      img-mount -q -n \(Trees.operand("debian")) > out & pid=$!; sleep 0.15; kill -\(signal) $pid
      for i in $(seq 100); do kill -0 $pid 2>/dev/null || break; sleep 0.01; done; kill -0 $pid 2>/dev/null && exit 9
      wait $pid; echo $?; find layers -path '*/.new/*' | head -3; ls tmp
      """)
    let number = signal == "TERM" ? "143" : "130"
    #expect(outcome.status == 0 && (outcome.lines == [number] || outcome.lines == ["0"]), "\(outcome)")
  }

  /// `script`, in a mount namespace where `disk` is an ext4 of `size`.
  private func onDisk(_ size: String, _ script: String, in scratch: Scratch) throws -> Outcome {
    try scratch.write("script", script)
    return try scratch.run(
      """
      truncate -s \(size) file; mkfs.ext4 -q -m 0 file; mkdir -p disk m
      unshare -m bash -c 'mount -o loop file disk && bash script'
      """)
  }

  @Test("a full disk is one line, status 1, and the disk is as empty as before")
  func full() throws {
    let scratch = try Scratch()
    let outcome = try onDisk(
      "40M",
      """
      export IMG_LAYERS=$PWD/disk/layers; mkdir disk/layers; before=$(df --output=used disk | tail -1)
      img-mount -q -n \(try Trees.operand("debian")); echo $?
      after=$(df --output=used disk | tail -1); [ $((after - before)) -lt 200 ] && echo empty
      img-mount -q --unpack \(try Trees.operand("docker")) copy && echo works
      """, in: scratch)
    #expect(outcome.lines == ["1", "empty", "works"], "\(outcome)")
    expectOneLine(outcome, from: "img-mount", containing: "has free")
  }

  @Test("a read-only store with all layers is used; without them it is one line and status 1 or 4")
  func readOnly() throws {
    let scratch = try Scratch()
    let outcome = try onDisk(
      "200M",
      """
      export IMG_LAYERS=$PWD/disk/layers; img-mount -q -n \(try Trees.operand("docker")) > /dev/null; mount -o remount,ro disk
      img-mount -q \(try Trees.operand("docker")) m -- \(Trees.tree) list m > list; echo $?
      img-mount -q \(try Trees.operand("umoci")) m -- true; echo $?
      """, in: scratch)
    #expect(outcome.lines == ["0", "1"] || outcome.lines == ["0", "4"], "\(outcome)")
    expectOneLine(outcome, from: "img-mount", containing: "Read-only file system")
    try scratch.expectTree("list", of: "docker")
  }

  @Test(
    "a mount point that can't be one is one line", .tags(.hostile),
    arguments: [
      ("missing", 3), ("file", 1), ("layers", 1), ("layers/l", 1), ("loop", 1), ("dangling", 3), ("''", 3),
      ("m", 2),
    ])
  func mountPoint(point: String, status: Int32) throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("busybox")
    try scratch.ok(
      "touch file; mkdir m; ln -s loop loop; ln -s nowhere dangling; IMG_LAYERS=$PWD/layers img-mount -q -n \(operand)"
    )
    let options = point == "m" ? "--rw --upper m" : ""
    let outcome = try scratch.run(
      "IMG_LAYERS=$PWD/layers unshare -m img-mount -q \(options) \(operand) \(point)")
    #expect(outcome.status == status || (point == "file" && outcome.status == 3), "\(outcome)")
    #expect(outcome.errors.hasPrefix("img-mount: "), "\(outcome)")
    if status != 2 { expectOneLine(outcome, from: "img-mount") }
  }

  @Test("an upper directory that can't be one is one line, and nothing is mounted", .tags(.hostile))
  func upper() throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("busybox")
    for upper in ["file", "layers/up", "m"] {
      let outcome = try scratch.run(
        "mkdir -p m; touch file; IMG_LAYERS=$PWD/layers unshare -m bash -c 'img-mount -q --upper \(upper) \(operand) m; s=$?; grep -c ociutils-none /proc/self/mountinfo; exit $s'"
      )
      #expect((1...4).contains(outcome.status), "\(upper): \(outcome)")
      expectOneLine(outcome, from: "img-mount")
    }
  }

  @Test("busy: what is used is not unmounted, and said so; after that it is")
  func busy() throws {
    let scratch = try Scratch()
    try scratch.write(
      "script",
      """
      mkdir m; export IMG_LAYERS=$PWD/layers; img-mount -q --rw \(try Trees.operand("busybox")) m
      (cd m; exec sleep 5) & sleep 0.2; img-mount -u m; echo $?; kill $!; wait $! 2>/dev/null
      img-mount -u m; echo $?; ls -A layers/mounts
      """)
    let outcome = try scratch.run("unshare -m bash script")
    #expect(outcome.lines == ["1", "0"], "\(outcome)")
    expectOneLine(outcome, from: "img-mount", containing: "busy")
  }

  @Test("--gc drops layers that nobody uses, by age; never one that is mounted or run in")
  func collected() throws {
    let scratch = try Scratch()
    let layout = try Images.layout.get()
    try scratch.write(
      "script",
      """
      mkdir m n; export IMG_LAYERS=$PWD/layers; count() { ls -d layers/*/*sha256-* 2>/dev/null | wc -l; }
      img-mount -q -n \(layout):app:latest > /dev/null; img-mount -q -n \(layout):app2:latest > /dev/null; count
      img-mount -q --gc >&2; count
      img-mount -q \(layout):app2:latest m
      img-mount -q \(layout):zstd:latest n -- sleep 3 & sleep 0.5
      touch -d '1 year ago' layers/*/*sha256-*
      img-mount -q --gc >&2; count; ls m/opt; cat m/opt/app2/x | wc -c
      img-mount -q -u m; kill %1; wait; touch -d '1 year ago' layers/*/*sha256-*; img-mount -q --gc >&2; count
      find layers -mindepth 2 | grep -v -e '/\\.new$' -e layers/empty | head
      """)
    let outcome = try scratch.run("unshare -m bash script")
    #expect(outcome.lines == ["12", "12", "6", "app2", "shared", "900000", "0"], "\(outcome)")
    #expect(outcome.errors == "", "\(outcome)")
  }

  @Test("--gc while others mount: every mount is whole", .tags(.slow))
  func collectedMeanwhile() throws {
    let scratch = try Scratch()
    let operand = try Trees.operand("docker")
    let outcome = try scratch.run(
      """
      export IMG_LAYERS=$PWD/layers; mkdir m{1..4}
      collect() { for i in $(seq 60); do touch -d '1 year ago' layers/*/*sha256-* 2>/dev/null; img-mount -q --gc || exit; done; }
      collect & collect & collectors="$!"; pids=
      for i in 1 2 3 4; do
        (for n in 1 2 3 4 5 6 7 8; do img-mount -q \(operand) m$i -- \(Trees.tree) list m$i > list$i || exit 9; [ $n = 1 ] || cmp list$i list$i.before || exit 8; cp list$i list$i.before; done) & pids="$pids $!"
      done
      for pid in $pids; do wait $pid || exit; done; wait
      """)
    #expect(outcome.status == 0, "\(outcome)")
    for number in 1...4 { try scratch.expectTree("list\(number)", of: "docker") }
  }

  @Test("memory stays below 64 MiB for a layer of 2 GB, and for 60,000 files", .tags(.slow))
  func memory() throws {
    let scratch = try Scratch()
    try scratch.write(
      "make.py",
      """
      import sys, zlib, hashlib
      sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      from layers import *
      def large(store, size):
          made, _ = file("large", b"")
          made.size = size
          squeeze, hasher, out, noise = zlib.compressobj(1, zlib.DEFLATED, 31), hashlib.sha256(), [], random()
          for piece in [made.tobuf(tarfile.PAX_FORMAT), *[noise] * (size >> 20), bytes(1024)]:
              hasher.update(piece)
              out.append(squeeze.compress(piece))
          return store.blob(b"".join(out) + squeeze.flush(), images.LAYER["gzip"]), "sha256:" + hasher.hexdigest()
      def random():
          return images.words("large", 1 << 20)
      store = images.Layout("store")
      store.name(store.image([large(store, 2 << 30)]), "large")
      store.name(store.image([store.layer(layer(*[file("d%d/e%d/%d" % (n % 100, n % 7, n)) for n in range(60000)]))]), "files")
      store.finish()
      """)
    try scratch.ok("/usr/bin/python3 -B make.py; mkdir m", timeout: 300)
    let peak = "/usr/bin/python3 \(Machine.root)/Tests/Commands/Servers/peak.py"
    for image in ["large", "files"] {
      for way in [
        "-n store:\(image)", "store:\(image) m -- true",
        "--unpack store:\(image) copy",
      ] {
        let outcome = try scratch.run(
          "rm -rf layers copy; IMG_LAYERS=$PWD/layers \(peak) peak img-mount -q \(way); s=$?; cat peak >&2; exit $s",
          timeout: 120)
        let top = Int(trimmed(outcome.errors)) ?? .max
        #expect(outcome.status == 0 && top < 64 << 10 && top > 100, "\(outcome)")
      }
    }
  }

  @Test("nobody is spoken to: no network, and the environment's proxies don't matter")
  func offline() throws {
    let scratch = try Scratch()
    let outcome = try scratch.run(
      """
      mkdir m; export IMG_LAYERS=$PWD/layers http_proxy=http://192.0.2.1:1
      strace -f -o trace -e trace=socket,connect unshare -n img-mount -q \(Trees.operand("docker")) m -- true; grep -c AF_INET trace || true
      """)
    #expect(outcome.status == 0 && outcome.output == "0", "\(outcome)")
  }
}
