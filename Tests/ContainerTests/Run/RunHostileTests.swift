import Glibc
import System
import TestSupport
import Testing

/// Images whose files try to lead out of them.
@Suite struct RunHostileTests {
  let root: Rootfs
  init() throws { root = try Rootfs() }

  // What is in the host's directory; tests expect nothing new.
  private func hostNames() throws -> [String] {
    try FileDescriptor.open(root.host, O_RDONLY | O_DIRECTORY).names().map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test(
    "a link to the host in the place of a file system of the kernel is refused",
    arguments: ["/proc", "/dev", "/sys"], [true, false])
  func kernelPlaces(name: String, isAbsolute: Bool) throws {
    try root.link(String(name.dropFirst()), isAbsolute ? root.host : "../../../../../../.." + root.host)
    let outcome = try root.sh("echo reached", ["--overlay=trusted"])
    #expect(outcome.status == 125)
    #expect(outcome.errors.contains(name) && outcome.errors.contains("symbolic link"))
    #expect(try hostNames() == [])
  }

  @Test("a file in the place of a file system of the kernel is refused", arguments: ["proc", "dev", "sys"])
  func files(name: String) throws {
    try root.write(name, [])
    let outcome = try root.sh("echo reached")
    #expect(outcome.status == 125)
    #expect(outcome.errors.contains("/\(name)") && outcome.errors.contains("file"))
  }

  @Test("links on the way to a mount end within the image")
  func mountTargets() throws {
    try root.link("etc", root.host)
    try root.link("data", "/../../../../../.." + root.host + "/data")
    let outcome = try root.sh(
      "cat /etc/hosts; ls -d \(root.host)/hosts; echo x > /data/made; mount | grep -c \(root.host)",
      ["--file=/etc/hosts", "--tmpfs=/data", "--volume=/etc/vol"])
    #expect(outcome.lines == ["provided", "\(root.host)/hosts", "3"])
    #expect(try hostNames() == [])
  }

  @Test(
    "nothing is mounted in /proc, whatever link leads there",
    arguments: ["/proc/self/attr", "/proc/1/fd", "/proc"])
  func procTargets(target: String) throws {
    try root.link("data", target)
    let outcome = try root.sh("echo reached", ["--tmpfs=/data"])
    #expect(outcome.status == 125)
    #expect(outcome.errors.contains("/data"))
  }

  @Test(
    "a working directory that leads out is refused or within",
    arguments: ["/proc/self/fd/3", "/proc/self/cwd/../..", "/proc/1/root", "/work", "/loop", "/bin/sh"])
  func workingDirectories(path: String) throws {
    try root.link("work", "../../../../../../" + root.host)
    try root.link("loop", "/loop")
    let prefix = ["sh", "-c", "exec 3</; exec \"$@\"", "sh"]
    let outcome = try root.sh("pwd; ls", ["--cwd=" + path], prefix: prefix)
    if path == "/work" {
      #expect(outcome.text == root.host + "\n")
    } else {
      #expect(outcome.status == 125)
      #expect(outcome.errors.contains(path))
    }
    #expect(try hostNames() == [])
  }

  @Test("a masked path that is a link is hidden where it leads, in the image")
  func masks() throws {
    try root.write("etc/secret", Array("secret\n".utf8))
    try root.link("mask", "/etc/secret")
    let canary = root.host + "/canary"
    try FileDescriptor.open(canary, O_WRONLY | O_CREAT).write(Array("canary\n".utf8))
    try root.link("out", canary)
    let outcome = try root.sh("cat /mask /etc/secret", ["--mask=/mask", "--mask=/out", "--mask=/none"])
    #expect(outcome.text == "")
    #expect(outcome.errors == "")
    #expect(try FileDescriptor.open(canary, O_RDONLY).readToEnd(limit: 100) == Array("canary\n".utf8))
  }

  @Test("an image without anything but a program gets what it lacks")
  func scratch() throws {
    for name in ["etc", "tmp"] { rmdir(root.path + "/" + name) }
    let options = ["--overlay=trusted", "--cwd=/a/b", "--volume=/v/w", "--file=/etc/hosts"]
    let outcome = try root.sh("pwd; cat /etc/hosts; touch /v/w/x /y && echo made", options)
    #expect(outcome.lines == ["/a/b", "provided", "made"])
    #expect(access(root.path + "/a", F_OK) != 0 && access(root.path + "/y", F_OK) != 0)
  }
}
