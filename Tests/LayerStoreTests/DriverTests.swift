import System
import Testing

@Suite("Mount drivers", .enabled(if: DriverStage.has("unshare", "setpriv"), "needs root"))
struct DriverTests {
  static let ways = ["descriptors", "names", "classic"]

  @Test("an overlay shows all layers, however the kernel is told of them", arguments: ways)
  func shows(way: String) throws {
    let lines = try DriverStage.run(
      """
      for n in 0 1 2 10 120; do
        $P driver \(way) mount store $n m; ls m | wc -l; $P driver \(way) unmount $PWD/m; ls m
      done
      """)
    #expect(lines == ["0", "1", "2", "10", "120"])
  }

  @Test("500 layers are mounted, 501 are one line", arguments: ["descriptors", "names"])
  func manyLayers(way: String) throws {
    let lines = try DriverStage.run(
      """
      $P driver \(way) mount store 500 m; ls m | wc -l; $P driver \(way) unmount $PWD/m
      $P driver \(way) mount store 501 m; echo $?; mountpoint -q m || echo nothing
      """)
    try #require(lines.count == 4)
    #expect(lines.first == "500")
    #expect(lines.dropFirst().first?.contains("501 layers") == true)
    #expect(lines.suffix(2) == ["1", "nothing"])
  }

  @Test("layers whose names don't fit into a page are one line the classic way")
  func longOptions() throws {
    let lines = try DriverStage.run("$P driver classic mount store 500 m; echo $?")
    #expect(lines.count == 2 && lines[0].contains("too many layers for this kernel") && lines[1] == "1")
  }

  @Test("without an upper directory it is read-only; devices and set-user-ID bits never work")
  func attributes() throws {
    let lines = try DriverStage.run(
      """
      $P mount store 2 m; grep " $PWD/m " /proc/self/mountinfo | cut -d' ' -f6; touch m/x 2>/dev/null || echo refused
      $P unmount $PWD/m
      $P upper $PWD/up $PWD/wk mount store 2 m; grep " $PWD/m " /proc/self/mountinfo | cut -d' ' -f6; touch m/x
      $P unmount $PWD/m; ls up
      """)
    #expect(lines == ["ro,nosuid,nodev,relatime", "refused", "rw,nosuid,nodev,relatime", "x"])
  }

  @Test(
    "directories whose names hold what means something in options are found", arguments: ways,
    [#"a:b"#, "a,b", #"a\b"#, "a\nb", #"a"b"#, #"a\:,b"#])
  func hostileNames(way: String, name: String) throws {
    let lines = try DriverStage.run(
      """
      d='\(name)'; mkdir "$d" "$d/up" "$d/wk" "$d/m"
      $P driver \(way) upper "$PWD/$d/up" "$PWD/$d/wk" mount "$d/store" 3 "$d/m"
      touch "$d/m/x"; ls "$d/m" | wc -l; $P unmount "$PWD/$d/m"; ls "$d/up"
      """)
    #expect(lines == ["4", "x"])
  }

  @Test("an upper directory with a long path is taken", arguments: ways)
  func longUpper(way: String) throws {
    let lines = try DriverStage.run(
      """
      d=$(printf '%0200d/%0200d' 0 0); mkdir -p "$d/up" "$d/wk"
      $P driver \(way) upper "$PWD/$d/up" "$PWD/$d/wk" mount store 3 m; touch m/x; ls m | wc -l; ls "$d/up"
      """)
    #expect(lines == ["4", "x"])
  }

  @Test("a symbolic link as mount point is followed once; one in place of a mount is not unmounted")
  func symlinks() throws {
    let lines = try DriverStage.run(
      """
      ln -s m link; $P mount store 2 link; ls m | wc -l
      $P unmount $PWD/link; $P unmount $PWD/m; $P unmount $PWD/m; mount -t tmpfs x m; ln -s . up/l
      $P unmount $PWD/up/l/../m; mountpoint -q m && echo kept
      $P mount store 2 nowhere; touch file; $P mount store 2 file
      """)
    let kinds = lines.map { line in line.split(separator: " ").prefix(2).joined(separator: " ") }
    let nothing = "failure notFound"
    #expect(kinds == ["2", nothing, nothing, nothing, "kept", nothing, "failure failed"])
  }

  @Test("a mount in use stays, and is said to be in use")
  func busy() throws {
    let lines = try DriverStage.run(
      "$P mount store 2 m; cd m; $P unmount ${PWD}; cd ..; mountpoint -q m && echo mounted")
    #expect(lines.count == 2 && lines[0].hasSuffix("is in use") && lines[1] == "mounted")
  }

  @Test("overlay takes a privilege, and says so")
  func obstacles() throws {
    let lines = try DriverStage.run("$P driver overlay; $U $P driver overlay; $U $P mount store 1 m; echo $?")
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix("obstacle takes root"))
    #expect(lines[1].hasPrefix("failure denied"))
    #expect(lines[2] == "4")
  }

  @Test("fuse-overlayfs mounts for root", .enabled(if: DriverStage.has("fuse-overlayfs")))
  func fuse() throws {
    let lines = try DriverStage.run(
      """
      $P driver fuse mount store 500 m; ls m | wc -l; stat -f -c %T m; $P driver fuse unmount $PWD/m; ls m
      $P driver fuse upper $PWD/up $PWD/wk mount store 2 m; touch m/x; $P driver fuse unmount $PWD/m; ls up
      """)
    #expect(lines == ["500", "fuseblk", "x"])
  }

  @Test("fuse-overlayfs mounts for a user", .enabled(if: DriverStage.has("fuse-overlayfs", "fusermount3")))
  func userFuse() throws {
    let lines = try DriverStage.run(
      """
      $U $P driver fuse mount store 500 m; $U ls m | wc -l; $U stat -c %u m/layer-1; $U $P driver fuse unmount $PWD/m
      $U $P driver fuse upper $PWD/up $PWD/wk mount store 2 m; $U sh -c 'echo > m/layer-1; rm m/layer-2; echo > m/x'
      $U ls m; $U $P driver fuse unmount $PWD/m; ls up; $U $P driver fuse mount store 2 /usr; echo $?
      """)
    #expect(lines.prefix(7) == ["500", "0", "layer-1", "x", "layer-1", "layer-2", "x"])
    #expect(lines.dropFirst(7).first?.contains("no write access to mountpoint") == true)
    #expect(lines.last == "4")
  }
}
