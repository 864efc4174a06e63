import Glibc
import System
import Testing

@testable import Layer

struct OwnersTests {
  @Test(
    "recorded owners: the files are ours, owner and mode are in fuse-overlayfs's attribute, the root's too")
  func recorded() throws {
    var sample = SampleTar()
    sample.pax([("uid", Array("70000".utf8)), ("gid", Array("8".utf8))])
    sample.add(Array("f".utf8), body: [0x78], mode: "0004050")
    sample.add(Array("d".utf8), "5", mode: "0001000")
    sample.end()
    let scratch = try UnpackScratch()
    try scratch.unpack(sample, dialect: .user, owners: .recorded)
    let file = try scratch.status("f")
    #expect((file.st_uid, file.st_mode & 0o7777) == (geteuid(), 0o650))
    #expect(try scratch.attribute("user.containers.override_stat", "f") == Array("70000:8:4050".utf8))
    #expect(try scratch.status("d").st_mode & 0o7777 == 0o700)
    #expect(try scratch.attribute("user.containers.override_stat", "d") == Array("0:0:1000".utf8))
    #expect(try scratch.attribute("user.containers.override_stat", ".") == Array("0:0:755".utf8))
    try scratch.unpack(tar(["d/x="]), dialect: .user, owners: .recorded)
    #expect(try scratch.attribute("user.containers.override_stat", "d") == Array("0:0:1000".utf8))
  }

  @Test("modes and set-ID bits are the tar's, whatever the owner")
  func modes() throws {
    var sample = SampleTar()
    for mode in ["0004777", "0002666", "0000000"] {
      sample.pax([("uid", Array("12".utf8)), ("SCHILY.xattr.security.capability", capability)])
      sample.add(Array(mode.utf8), body: [1], mode: mode)
    }
    let scratch = try UnpackScratch()
    try scratch.unpack(sample)
    for mode in ["0004777", "0002666", "0000000"] {
      let status = try scratch.status(mode)
      #expect((status.st_uid, String(status.st_mode & 0o7777, radix: 8)) == (12, String(Int(mode) ?? -1)))
      #expect(try scratch.attribute("security.capability", mode) == capability)
    }
  }

  private let capability: [UInt8] = [1, 0, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 14)
}
