import System
import Testing

@testable import Layer

private struct Case: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let layers: [[String]]
  let result: [String]
  let depends: Bool

  init(_ claim: String, _ layers: [[String]], _ result: [String], depends: Bool = false) {
    testDescription = claim
    self.layers = layers
    self.result = result
    self.depends = depends
  }
}

private let cases = [
  Case(
    "files of every kind", [["d/", "d/f=x", "l>d/f", "h&d/f", "p|"]], ["d/", "d/f=x*", "h=x*", "l>d/f", "p|"]),
  Case("a whiteout becomes a device 0:0", [["a=1"], [".wh.a"]], ["-a"]),
  Case("what the same layer has stays, whiteout first", [["a=1"], [".wh.a", "a=2"]], ["a=2"]),
  Case("and last", [["a=1"], ["a=2", ".wh.a"]], ["a=2"]),
  Case(
    "a directory made anew is opaque, whiteout first", [["d/", "d/x="], [".wh.d", "d/", "d/y=1"]],
    ["d/!", "d/y=1"]),
  Case("and last", [["d/", "d/x="], ["d/", "d/y=1", ".wh.d"]], ["d/!", "d/y=1"]),
  Case("without a member of its own", [["d/", "d/x="], [".wh.d", "d/y=1"]], ["d/!", "d/y=1"]),
  Case("an opaque marker first", [["d/"], ["d/", "d/.wh..wh..opq", "d/a=1"]], ["d/!", "d/a=1"]),
  Case("and last", [["d/"], ["d/", "d/a=1", "d/.wh..wh..opq"]], ["d/!", "d/a=1"]),
  Case("in a directory that only lower layers have", [["d/"], ["d/.wh..wh..opq"]], ["d/!"], depends: true),
  Case("an opaque root counts", [["a="], ["b=1", ".wh..wh..opq"]], ["!", "b=1"]),
  Case("a whiteout in a directory that nobody has is none", [["a="], ["d/.wh.c"]], [], depends: true),
  Case("one in a lower directory", [["d/", "d/c="], ["d/.wh.c"]], ["d/", "-d/c"], depends: true),
  Case(
    "through a lower link", [["usr/", "usr/lib/", "lib>usr/lib"], ["lib/.wh.x"]],
    ["usr/", "usr/lib/", "-usr/lib/x"], depends: true),
  Case(
    "AUFS's leftovers and what is in them are none",
    [[".wh..wh.aufs=x", ".wh..wh.orph/", ".wh..wh.plnk/", ".wh..wh.plnk/1.2=y", "a=1"]], ["a=1"]),
  Case(
    "but their names, which link to them, first and last",
    [
      [
        "a&.wh..wh.plnk/1.2", ".wh..wh.plnk/1.2=y", ".wh..wh.plnk/1.3=z", "d/", "d/b&/.wh..wh.plnk/1.2",
        "c&a",
      ]
    ],
    ["a=y*", "c=y*", "d/", "d/b=y*"], depends: true),
  Case("a file replaces a directory", [["d/", "d/x=1", "d/e/", "d/e/f=", "d=2"]], ["d=2"]),
  Case(
    "and a directory a file, hiding what is below both", [["d/", "d/x="], ["d=1", "d/", "d/y="]],
    ["d/!", "d/y="]),
  Case("a directory stays one, with what is in it", [["d/", "d/x=1", "d/"]], ["d/", "d/x=1"]),
  Case("a file in place of a parent makes way", [["a=1", "a/b=2"]], ["a/!", "a/b=2"]),
  Case("a fifo does", [["a|", "a/b=2"]], ["a/!", "a/b=2"]),
  Case("a lower file does", [["a=1"], ["a/b=2"]], ["a/", "a/b=2"], depends: true),
  Case("parents go without saying", [["a/b/c=1"]], ["a/", "a/b/", "a/b/c=1"], depends: true),
  Case("a link is followed", [["r/", "l>r", "l/x=1"]], ["l>r", "r/", "r/x=1"]),
  Case("a lower link is", [["r/", "l>/r"], ["l/x=1"]], ["r/", "r/x=1"], depends: true),
  Case(
    "a link to what is not there makes it", [["l>/r/s", "l/x=1"]], ["l>/r/s", "r/", "r/s/", "r/s/x=1"],
    depends: true),
  Case("a link in a circle makes way", [["a>b", "b>a", "a/x=1"]], ["a/!", "a/x=1", "b>a"]),
  Case("a hard link to what comes later", [["h&f", "g&h", "f=1"]], ["f=1*", "g=1*", "h=1*"], depends: true),
  Case(
    "in a row", [["a&b", "b&c", "c&d/e", "d/", "d/e=1"]], ["a=1*", "b=1*", "c=1*", "d/", "d/e=1*"],
    depends: true),
  Case(
    "what is below when the link comes is what it leads to", [["f=1"], ["h&f", "g&f", "f=2", "i&f"]],
    ["f=2*", "g=1*", "h=1*", "i=2*"], depends: true),
  Case(
    "and stays so with a name more", [["f=1"], [".wh.h", "h&f", "g&h", "f=2", "k&f"]],
    ["f=2*", "g=1*", "h=1*", "k=2*"], depends: true),
  Case("one that was replaced meanwhile", [["h&f", "h=2", "f=1"]], ["f=1", "h=2"]),
  Case("one whose directory went", [["d/", "d/h&f", "d=x", "f=1"]], ["d=x", "f=1"]),
  Case("a hard link to a lower file", [["f=1"], ["h&f"]], ["f=1*", "h=1*"], depends: true),
  Case("two of them", [["f=1"], ["h&f", "g&f"]], ["f=1*", "g=1*", "h=1*"], depends: true),
  Case(
    "one of several names: those below stay there", [["h/", "h/a=1"], ["h/c&h/a"], ["e&h/c"]],
    ["e=1*", "h/", "h/c=1*"], depends: true),
  Case(
    "through a lower link", [["d/", "d/f=1", "l>d"], ["h&l/f"]], ["d/", "d/f=1*", "h=1*"], depends: true),
  Case("a hard link to itself", [["f=1", "f&f"]], ["f=1"]),
  Case("a file in place of a hard link is another file", [["f=1", "h&f", "h=2"]], ["f=1", "h=2"]),
  Case("slashes and dots say nothing", [["/a//", "./a/./b=1", "./", "a/../c=2"]], ["a/", "a/b=1", "c=2"]),
]

struct WhiteoutTests {
  @Test("members become files", arguments: cases)
  fileprivate func members(_ sample: Case) throws {
    let scratch = try UnpackScratch()
    let before = try scratch.canaries()
    var depends = false
    for layer in sample.layers { depends = try scratch.unpack(tar(layer)) }
    #expect(try scratch.listing() == sample.result.sorted { key($0) < key($1) })
    #expect(depends == sample.depends)
    #expect(try scratch.canaries() == before)
  }

  private func key(_ line: String) -> String { String(line.drop { $0 == "-" }) }

  @Test("parents that a layer does not name look like those below; made anew they do not")
  func implied() throws {
    let scratch = try UnpackScratch()
    var base = SampleTar()
    base.pax([("mtime", Array("12.5".utf8)), ("SCHILY.xattr.user.x", [1, 2]), ("uid", Array("7".utf8))])
    base.add(Array("d".utf8), "5", mode: "0002750")
    base.add("d/f", "0")
    base.end()
    try scratch.unpack(base)
    #expect(try scratch.unpack(tar(["d/g="])))
    let status = try scratch.status("d")
    #expect(status.st_mode & 0o7777 == 0o2750)
    #expect((status.st_uid, status.st_mtim.tv_sec, status.st_mtim.tv_nsec) == (7, 12, 500_000_000))
    #expect(try scratch.attribute("user.x", "d") == [1, 2])
    for members in [["d/g=", ".wh.d"], [".wh.d", "d/g="]] {
      try scratch.unpack(tar(members))
      let status = try scratch.status("d")
      #expect((status.st_uid, status.st_mode & 0o7777) == (0, 0o755))
      #expect(try scratch.attribute("user.x", "d") == nil)
    }
  }

  @Test("a file copied up for a hard link keeps owner, mode, time, attributes and holes")
  func copyUp() throws {
    let scratch = try UnpackScratch()
    var base = SampleTar()
    base.pax([
      ("mtime", Array("99.25".utf8)), ("uid", Array("5".utf8)), ("gid", Array("6".utf8)),
      ("SCHILY.xattr.user.a", [1]), ("GNU.sparse.size", Array("1000000".utf8)),
      ("GNU.sparse.map", Array("500000,3".utf8)),
    ])
    base.add(Array("f".utf8), body: Array("abc".utf8), mode: "0004711")
    base.end()
    try scratch.unpack(base)
    #expect(try scratch.unpack(tar(["h&/f"])))
    let status = try scratch.status("f")
    #expect(try scratch.status("h").st_ino == status.st_ino)
    #expect((status.st_uid, status.st_gid, status.st_mode & 0o7777) == (5, 6, 0o4711))
    #expect((status.st_mtim.tv_sec, status.st_mtim.tv_nsec) == (99, 250_000_000))
    #expect(status.st_size == 1_000_000 && status.st_blocks < 100)
    #expect(try scratch.attribute("user.a", "h") == [1])
  }
}
