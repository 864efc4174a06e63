import Glibc
import System
import Testing

/// What a command sees of where it is, and what it may do.
@Suite struct RunIsolationTests {
  let root: Rootfs
  init() throws { root = try Rootfs() }

  @Test(
    "a command has no power but what the spec gives, and can gain none",
    arguments: ["--overlay=trusted", "--init"])
  func power(option: String) throws {
    let outcome = try root.sh("grep -E 'Cap|NoNewPrivs|^Seccomp:' /proc/self/status", ["--seccomp", option])
    #expect(outcome.errors == "")
    #expect(
      outcome.lines == [
        "CapInh:\t0000000000000000", "CapPrm:\t00000000800405fb", "CapEff:\t00000000800405fb",
        "CapBnd:\t00000000800405fb", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2",
      ])
  }

  @Test(
    "a filter of system calls works with and without no_new_privs",
    arguments: ["--seccomp", "--new-privileges"])
  func filter(option: String) throws {
    let outcome = try root.sh("mkdir /new", ["--seccomp", option])
    #expect(outcome.errors.contains("Operation not permitted"))
    #expect(outcome.status == 1)
  }

  @Test("a user that is not root has the groups of the spec and no capabilities")
  func user() throws {
    let outcome = try root.sh(
      "id -u; id -G; grep -E 'CapEff|CapPrm' /proc/self/status", ["--user=1000,1001,5,6"])
    #expect(
      outcome.lines == ["1000", "1001 5 6", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000"])
  }

  @Test("no descriptor of the host is passed on but those asked for")
  func descriptors() throws {
    // 5 is open in the runner and not asked for; it is a directory of the host.
    let prefix = ["sh", "-c", "exec 3</etc/passwd 4</ 5</; exec \"$@\"", "sh"]
    let script = "for i in /proc/self/fd/*; do echo ${i##*/}; done"
    let none = try root.sh(script, [], prefix: prefix)
    #expect(none.lines.filter { Int($0) != nil && Int($0)! < 3 } == ["0", "1", "2"])
    #expect(try root.sh("readlink /proc/$$/fd/3 /proc/$$/fd/4 /proc/$$/fd/5", [], prefix: prefix).text == "")
    let one = try root.sh("readlink /proc/$$/fd/3; readlink /proc/$$/fd/4", ["--preserve=1"], prefix: prefix)
    #expect(one.text == "/etc/passwd\n")
    #expect(try root.run(["--preserve=7"], "true").errors.contains("is not open"))
  }

  @Test(
    "/proc/self/exe of the runner is not to be had: a script of it runs nothing, the reaper is sealed memory")
  func runner() throws {
    try root.write("bin/self", Array("#!/proc/self/exe\n".utf8), 0o755)
    let outcome = try root.run([], "self", "--help")
    #expect(outcome.status == 126)
    #expect(outcome.text == "")
    let reaper = try root.sh("readlink /proc/1/exe; echo x >> /proc/1/exe", ["--init"])
    #expect(reaper.text == "/memfd:ctr-init (deleted)\n")
    #expect(reaper.status != 0)
  }

  @Test("masked paths are empty, read-only ones can't be changed")
  func paths() throws {
    let outcome = try root.sh(
      "cat /proc/keys /proc/timer_list; ls /sys/firmware /proc/acpi; echo 1 > /proc/sys/kernel/hostname; touch /sys/x"
    )
    #expect(outcome.text.replacing(" ", with: "").split(separator: "\n").allSatisfy { $0.hasSuffix(":") })
    #expect(outcome.errors.split(separator: "\n").filter { $0.contains("Read-only file system") }.count == 2)
  }

  @Test("the host is not to be seen: processes, network, names, mounts")
  func namespaces() throws {
    let outcome = try root.sh(
      "echo /proc/[0-9]*; hostname; ls /sys/class/net; cat /proc/self/mountinfo; cat /proc/self/cgroup")
    #expect(outcome.lines.prefix(3) == ["/proc/1", "probe", "lo"])
    // The fifth field is where it is mounted: one root, nothing under or over it.
    let points = outcome.lines.map { $0.split(separator: " ") }.filter { $0.count > 8 }.map { String($0[4]) }
    #expect(points.count { $0 == "/" } == 1 && Set(points).count == points.count, "\(points)")
    for point in points where point != "/" {
      #expect(["/proc", "/dev", "/sys"].contains { point.hasPrefix($0) }, "\(point)")
    }
    let groups = outcome.lines.filter {
      $0.split(separator: ":").count == 3 && $0.first!.isNumber && $0.hasSuffix(":/")
    }
    #expect(!groups.isEmpty)
    let link = try root.sh("ip link show lo")
    #expect(link.text.contains("UP"))
  }

  @Test("a device node opens nothing unless it is one of the spec's", arguments: [[], ["--cap=27"]])
  func nodes(options: [String]) throws {
    mknod(root.path + "/null", S_IFCHR | 0o666, 0x103)
    let outcome = try root.sh(
      "echo x > /dev/null && echo own; cat /null; mknod /dev/made c 1 3 && cat /dev/made; mknod /made c 1 3 && cat /made",
      options)
    #expect(outcome.text == "own\n")
    let denied = outcome.errors.split(separator: "\n").count {
      $0.contains("denied") || $0.contains("not permitted")
    }
    #expect(denied == 3)
    let all = try root.sh("cat /null && echo opened", ["--all-devices"])
    #expect(all.text == "opened\n")
  }

  @Test("devices are where the spec has them", arguments: [[], ["--cap=27"], ["--userns=100000,65536"]])
  func devices(options: [String]) throws {
    chown(root.path, 100_000, 100_000)
    let script = "stat -c %t:%T /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/deep/er"
    let outcome = try root.sh(script, ["--device=/dev/deep/er"] + options)
    #expect(outcome.errors == "")
    #expect(outcome.lines == ["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "1:3"])
  }
}
