import Testing

@testable import LayerStore

@Suite struct MountTableTests {
  @Test("the fields of mountinfo are read, escapes and optional tags with them")
  func fields() {
    let table = MountTable(
      parsing: Array(
        #"""
        22 1 98:0 / / rw,noatime - ext4 /dev/root rw
        36 22 0:53 / /mnt/a\040b\134c\012d\011e rw,noatime master:1 propagate_from:2 - overlay im\040age rw,x=\054
        37 22 0:53 / /m rw shared:3 unbindable - fuse.fuse-overlayfs s rw,a - b
        38 22 0:4 mnt:[4026532000] /run/ns rw - nsfs nsfs rw
        broken
        39 22 0:53 / /short rw - overlay
        x 22 0:53 / /number rw - overlay s rw
        """#.utf8))
    #expect(
      table.entries == [
        .init(id: 22, device: "98:0", point: "/", type: "ext4", source: "/dev/root"),
        .init(id: 36, device: "0:53", point: "/mnt/a b\\c\nd\te", type: "overlay", source: "im age"),
        .init(id: 37, device: "0:53", point: "/m", type: "fuse.fuse-overlayfs", source: "s"),
        .init(id: 38, device: "0:4", point: "/run/ns", type: "nsfs", source: "nsfs"),
      ])
    #expect(table.keptNamespaces == [4_026_532_000])
  }

  @Test("of mounts on top of each other the last one shows")
  func top() {
    let table = MountTable(
      parsing: Array("1 0 0:1 / /m rw - a b rw\n2 1 0:2 / /m rw - c d rw\n3 1 0:3 / /n rw - e f rw".utf8))
    #expect(table.top(at: "/m")?.id == 2)
    #expect(table.top(at: "/x") == nil)
  }

  @Test("what is no escape stays as it is", arguments: [#"\04"#, #"\999"#, #"\"#, #"\777"#, #"a\08b"#])
  func notEscaped(_ text: String) {
    let table = MountTable(parsing: Array("1 0 0:1 / /\(text) rw - a b rw".utf8))
    #expect(table.entries.first?.point == "/\(text)")
  }

  @Test("this process has a root")
  func current() throws { #expect(try MountTable.current().top(at: "/proc")?.type == "proc") }
}
