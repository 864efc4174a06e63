import System
import Testing

@Suite("User namespaces", .enabled(if: DriverStage.has("unshare", "setpriv", "newuidmap"), "needs root"))
struct DriverNamespaceTests {
  @Test("a user becomes root over all subordinate ranges, by number and by name")
  func ranges() throws {
    #expect(try DriverStage.run("$U $P enter") == ["map 0:61234:1 1:700000:10 11:800000:65536"])
  }

  @Test("root, and root of a user namespace, stay where they are")
  func root() throws {
    #expect(
      try DriverStage.run("$P enter; $U unshare -Ur $P enter") == ["map 0:0:4294967295", "map 0:61234:1"])
  }

  @Test("without newuidmap or ranges there is the user alone, and what is missing is named")
  func shortcomings() throws {
    let lines = try DriverStage.run(
      """
      $U env PATH=/nowhere $P enter
      : > /etc/subgid; $U $P enter
      echo probe:9:5 > /etc/subgid; mkdir b
      for n in newuidmap newgidmap; do printf '#!/bin/sh\\necho no >&2; exit 1' > b/$n; done
      chmod 755 b/*; $U env PATH=$PWD/b $P enter
      """)
    try #require(lines.count == 6)
    #expect([lines[0], lines[2], lines[4]].allSatisfy { $0 == "map 0:61234:1" })
    #expect(lines[1].contains("apt install uidmap"))
    #expect(lines[3].contains("/etc/subgid") && lines[3].contains("usermod --add-subgids"))
    #expect(lines[5].hasPrefix("shortcoming") && lines[5].hasSuffix("newuidmap: no"))
  }

  @Test("where user namespaces are off, the setting is named")
  func off() throws {
    let lines = try DriverStage.run(
      """
      $U unshare -U --map-auto --map-root-user sh -c \
        "echo 0 > /proc/sys/user/max_user_namespaces; setpriv --reuid 1 --regid 1 --clear-groups $P enter"; echo $?
      """)
    #expect(lines.count == 2 && lines[0].contains("user.max_user_namespaces is 0") && lines[1] == "4")
  }

  @Test(
    "a user's command sees the mount, is root there, and nobody else sees it", arguments: DriverTests.ways)
  func privateMount(way: String) throws {
    let lines = try DriverStage.run(
      """
      $U $P enter driver \(way) upper $PWD/up $PWD/wk run store 20 m -- sh -c 'ls m | wc -l; id -u; rm m/layer-1; chown 5 m/layer-2'
      ls m; stat -c '%u %F' up/layer-1 up/layer-2
      """)
    #expect(
      lines == [
        "map 0:61234:1 1:700000:10 11:800000:65536", "20", "0", "61234 character special file",
        "700004 regular empty file",
      ])
  }

  @Test(
    "fuse-overlayfs works in a user namespace and ends with the command",
    .enabled(if: DriverStage.has("fuse-overlayfs")))
  func fuse() throws {
    let lines = try DriverStage.run(
      """
      $U $P enter driver fuse run store 20 m -- sh -c 'ls m | wc -l'; ls m
      sleep 0.5; grep -ls " $1/home/m " /proc/[0-9]*/mountinfo
      """)
    #expect(lines.dropFirst() == ["20"])
  }

  @Test(
    "the status is as env(1) has it",
    arguments: [
      ("sh -c 'exit 7'", "7"), ("sh -c 'kill -9 $$'", "137"), ("nosuch", "127"), ("./nosuch", "127"),
      ("/etc/passwd", "126"), ("true", "0"),
    ])
  func statuses(command: String, status: String) throws {
    #expect(try DriverStage.run("$P run store 2 m -- \(command); echo $?").last == status)
  }

  @Test("a signal sent to the command's parent reaches it once", arguments: ["TERM", "HUP", "USR1"])
  func signals(signal: String) throws {
    let lines = try DriverStage.run(
      """
      $P run store 2 m -- sh -c 'trap "echo got" \(signal); : > up/ready; while [ ! -e up/end ]; do sleep 0.05; done; exit 3' &
      while [ ! -e up/ready ]; do sleep 0.05; done
      kill -\(signal) $!; sleep 0.3; : > up/end; wait $!; echo $?
      """)
    #expect(lines == ["got", "3"])
  }

  @Test("the command dies with its parent")
  func orphan() throws {
    let lines = try DriverStage.run(
      """
      $P run store 2 m -- sh -c 'echo $$ > up/pid; exec sleep 60' &
      while [ ! -s up/pid ]; do sleep 0.05; done
      kill -9 $!; wait $! 2>/dev/null; sleep 0.2; grep -q '^State:.[RSD]' /proc/$(cat up/pid)/status 2>/dev/null || echo gone
      """)
    #expect(lines.last == "gone")
  }
}
