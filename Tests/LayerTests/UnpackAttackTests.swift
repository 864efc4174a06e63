import Glibc
import Overlay
import System
import Testing

@testable import Layer

private struct Attack: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let layers: [[String]]
  /// What is left; nil where it is refused.
  let result: [String]?

  init(_ claim: String, _ layers: [[String]], _ result: [String]?) {
    testDescription = claim
    self.layers = layers
    self.result = result
  }
}

/// `@` stands for the absolute path of the directory with the canaries, which a layer can't know but may guess.
private let attacks = [
  Attack("an absolute link as parent", [["l>@/outside", "l/file=x"]], nil),
  Attack(
    "a relative one", [["d/", "d/l>../../outside", "d/l/file=x"]],
    ["d/", "d/l>../../outside", "outside/", "outside/file=x"]),
  Attack(
    "a chain of links", [["a>b", "b>c", "c>../outside", "a/file=x"]],
    ["a>b", "b>c", "c>../outside", "outside/", "outside/file=x"]),
  Attack("the root as a link (CVE-2021-29136)", [[".>../outside", "file=x"]], nil),
  Attack("the root as a file", [["./=x"]], nil),
  Attack("a link replaced by a directory", [["l>../outside", "l/", "l/file=x"]], ["l/!", "l/file=x"]),
  Attack(
    "a directory replaced by a link", [["l/", "l/a=1", "l>../outside", "l/file=x"]],
    ["l>../outside", "outside/", "outside/file=x"]),
  Attack("a file in place of a link", [["l>../canary", "l=x"]], ["l=x"]),
  Attack("a lower link as parent", [["l>../../outside"], ["l/file=x"]], ["outside/", "outside/file=x"]),
  Attack("a whiteout through a link", [["l>../outside", "l/.wh.file"]], ["l>../outside"]),
  Attack("an opaque marker through a link", [["l>../outside", "l/.wh..wh..opq"]], ["l>../outside"]),
  Attack("a whiteout of a lower link that was followed", [["d/", "l>d"], ["l/x=1", ".wh.l"]], nil),
  Attack("of the directory that it is in", [["d/", "d/e/", "d/l>e"], ["d/l/x=1", ".wh.d"]], nil),
  Attack("an opaque marker there", [["d/", "d/e/", "d/l>e"], ["d/l/.wh.x", ".wh..wh..opq"]], nil),
  Attack("a whiteout of one before it is", [["d/", "l>d"], [".wh.l", "l/x=1"]], ["l/!", "l/x=1"]),
  Attack("a whiteout with a path", [["d/", "d/../../.wh.canary"]], nil),
  Attack("whiteouts of the directory itself", [["d/", "d/.wh."]], nil),
  Attack("of the same by a dot", [["d/", "d/.wh.."]], nil),
  Attack("of the one above", [["d/", "d/.wh..."]], nil),
  Attack("AUFS's unknown names", [[".wh..wh.new=x"]], nil),
  Attack("a hard link to AUFS's file that is not there", [[".wh..wh.plnk/1=x"], ["h&.wh..wh.plnk/1"]], nil),
  Attack(
    "files by way of a link in AUFS's directory",
    [["l>.wh..wh.plnk", ".wh..wh.plnk/1=x", "l/2=y", "l/1>../../canary"]],
    ["l>.wh..wh.plnk"]),
  Attack(
    "AUFS's directory as a link",
    [[".wh..wh.plnk>../outside", ".wh..wh.plnk/file=x", "h&.wh..wh.plnk/file"]],
    ["h=x"]),
  Attack("files in a whiteout", [[".wh.a/b=x"]], nil),
  Attack("a hard link to outside", [["h&../canary"]], nil),
  Attack("an absolute hard link", [["h&@/canary"]], nil),
  Attack("a hard link through a link", [["l>../outside", "h&l/file"]], nil),
  Attack("a hard link through a lower link", [["l>../outside"], ["h&l/file"]], nil),
  Attack(
    "a hard link to a link, then written to", [["l>../canary", "h&l", "h=x"]], ["h=x", "l>../canary"]),
  Attack(
    "a hard link to a link, then a parent", [["l>../outside", "h&l", "h/file=x"]],
    ["h>../outside*", "l>../outside*", "outside/", "outside/file=x"]),
  Attack("a hard link to a directory", [["d/", "h&d"]], nil),
  Attack("hard links in a circle", [["a&b", "b&a"]], nil),
  Attack("a hard link to a whiteout", [[".wh.a", "h&a"]], nil),
  Attack("a hard link to what a whiteout of the layer hides", [["a=1"], [".wh.a", "h&a"]], nil),
  Attack("a path that leads out", [["../canary=x"]], nil),
  Attack("one that does later", [["a/", "a/../../canary=x"]], nil),
  Attack("an absolute one", [["/canary=x"]], ["canary=x"]),
  Attack(
    "a link with dots above the root", [["l>../../../../..", "l/canary=x"]], ["canary=x", "l>../../../../.."]),
  Attack("a fifo as parent, nobody at its other end", [["p|", "p/x=1"]], ["p/!", "p/x=1"]),
  Attack("a fifo in place of a file", [["p|", "p=1"]], ["p=1"]),
  Attack("a link in a circle as parent", [["l>l", "l/x=1"]], ["l/!", "l/x=1"]),
]

struct UnpackAttackTests {
  @Test("attacks stay inside and leave the canaries", arguments: attacks)
  fileprivate func canaries(_ attack: Attack) throws {
    let scratch = try UnpackScratch()
    let before = try scratch.canaries()
    var problem: Failure?
    do {
      for layer in attack.layers {
        try scratch.unpack(tar(layer.map { $0.replacing("@", with: scratch.path) }))
      }
    } catch let failure as Failure { problem = failure }
    if let result = attack.result {
      #expect(problem == nil, "\(problem?.problem ?? "")")
      #expect(try scratch.listing() == result)
    } else if attack.layers != [["l>@/outside", "l/file=x"]] {
      #expect(problem?.kind == .invalid)
      #expect(problem?.subject == "layer")
    }
    #expect(try scratch.canaries() == before)
  }

  @Test("names and depths that no file system takes are refused")
  func names() throws {
    let long = String(repeating: "a/", count: 2200)
    var deep = SampleTar()
    deep.pax([("path", Array(long.utf8))])
    deep.add("x", "5")
    try refuse(deep, .invalid)
    var wide = SampleTar()
    wide.pax([("path", [UInt8](repeating: 0x61, count: 256))])
    wide.add("x", "0")
    try refuse(wide, .invalid)
    // By way of links, deeper than one path could say.
    let half = String(repeating: "a/", count: 1500)
    var linked = SampleTar()
    linked.pax([("path", Array(half.utf8))])
    linked.add("x", "5")
    linked.pax([("linkpath", Array("/\(half)".utf8))])
    linked.add("l", "2")
    linked.pax([("path", Array("l/\(half)".utf8))])
    linked.add("x", "5")
    try refuse(linked, .invalid)
  }

  @Test("what is not refused at 4,095 bytes is unpacked, 2,000 directories deep")
  func deep() throws {
    var sample = SampleTar()
    sample.pax([("path", Array((String(repeating: "a/", count: 2000) + "f").utf8))])
    sample.add("x", "0", body: "1")
    sample.add("a", "0", body: "2")
    let scratch = try UnpackScratch()
    try scratch.unpack(sample)
    #expect(try scratch.listing() == ["a=2"])
  }

  @Test("devices 0:0, and such as no kernel has, are refused", arguments: [(0, 0), (4096, 0), (1, 1 << 20)])
  func devices(major: Int, minor: Int) throws {
    var sample = SampleTar()
    sample.add(Array("x".utf8), "3") {
      $0.replaceSubrange(329..<337, with: Array(octal(major, 7).utf8) + [0])
      $0.replaceSubrange(337..<345, with: Array(octal(minor, 7).utf8) + [0])
    }
    try refuse(sample, .invalid)
  }

  @Test("attributes by which overlayfs and fuse-overlayfs speak are not taken from a layer")
  func smuggling() throws {
    for (type, name) in [("5", "d"), ("0", "f")] as [(Character, String)] {
      var sample = SampleTar()
      let names = [
        "trusted.overlay.opaque", "user.overlay.redirect", "trusted.overlay.metacopy",
        "user.fuseoverlayfs.opaque",
        "user.containers.override_stat", "user.mine",
      ]
      sample.pax(names.map { ("SCHILY.xattr." + $0, [0x79]) })
      sample.add(name, type)
      let scratch = try UnpackScratch()
      try scratch.unpack(sample)
      for attribute in names {
        #expect(try scratch.attribute(attribute, name) == (attribute == "user.mine" ? [0x79] : nil))
      }
    }
  }

  @Test("bombs are stopped before the disk is full", arguments: 0..<5)
  func bombs(number: Int) throws {
    var sample = SampleTar()
    switch number {
    case 0: sample.add(Array("x".utf8), size: "00077777777")
    case 1:
      // A byte in each of a thousand blocks: a kilobyte that takes four megabytes.
      let map = (0..<1000).map { "\($0 * 4096),1" }.joined(separator: ",")
      sample.pax([("GNU.sparse.size", Array("4096000".utf8)), ("GNU.sparse.map", Array(map.utf8))])
      sample.add("x", "0", body: String(repeating: "x", count: 1000))
    case 2: for number in 0..<300 { sample.add("\(number)", "0", body: "x") }
    case 3: for number in 0..<300 { sample.add("\(number)", "5") }
    default:
      for number in 0..<300 {
        sample.pax([("SCHILY.xattr.user.x", [UInt8](repeating: 0, count: 4000))])
        sample.add("\(number)", "0")
      }
    }
    sample.end()
    var spent: UInt64 = 0
    let limits = LayerUnpacker.Limits { (bytes) throws(Failure) in
      spent += bytes
      guard spent <= 1 << 20 else { throw Failure(.failed, "layer", "too large") }
    }
    let scratch = try UnpackScratch()
    let failure = #expect(throws: Failure.self) { try scratch.unpack(sample, limits: limits) }
    #expect(failure?.problem == "too large")
  }

  @Test("more members than the limit are refused")
  func entries() throws {
    let scratch = try UnpackScratch()
    #expect(throws: Failure.self) {
      try scratch.unpack(tar(["a=", "b=", "c="]), limits: LayerUnpacker.Limits(entries: 2))
    }
  }

  @Test("attributes of directories, which wait in memory, are limited")
  func attributeBomb() throws {
    var sample = SampleTar()
    for number in 0..<40 {
      sample.pax([("SCHILY.xattr.user.x", [UInt8](repeating: 0, count: 900_000))])
      sample.add("\(number)", "5")
    }
    try refuse(sample, .invalid)
  }

  @Test("hard links to what has not come yet, which wait in memory, are limited")
  func linkBomb() throws {
    var sample = SampleTar()
    let target = String(repeating: "a/", count: 2000)
    for number in 0..<5000 {
      sample.pax([("linkpath", Array("\(target)\(number)".utf8))])
      sample.add("\(number)", "1")
    }
    try refuse(sample, .invalid)
  }

  @Test(
    "maps of sparse files that overlap, go back or lead out are refused",
    arguments: ["0,2,1,1", "5,1,0,2", "8,3", "0,2", "18446744073709551615,3", "0,18446744073709551615", "0"])
  func maps(map: String) throws {
    var sample = SampleTar()
    sample.pax([("GNU.sparse.size", Array("10".utf8)), ("GNU.sparse.map", Array(map.utf8))])
    sample.add("x", "0", body: "abc")
    try refuse(sample, .invalid)
  }

  @Test("a file larger than any file system has is an error, not a trap")
  func huge() throws {
    var sample = SampleTar()
    let size = Array("9223372036854775807".utf8)
    sample.pax([("GNU.sparse.size", size), ("GNU.sparse.map", Array("0,1".utf8))])
    sample.add("x", "0", body: "a")
    sample.add("y", "0", body: "a")
    let scratch = try UnpackScratch()
    do { try scratch.unpack(sample) } catch let failure as Failure { #expect(failure.kind == .failed) }
  }

  @Test("owners that are no numbers of the kernel's are refused", arguments: ["4294967295", "4294967296"])
  func owners(number: String) throws {
    var sample = SampleTar()
    sample.pax([("uid", Array(number.utf8))])
    sample.add("x", "0")
    try refuse(sample, .invalid)
  }

  private func refuse(_ sample: SampleTar, _ kind: FailureKind) throws {
    let scratch = try UnpackScratch()
    let before = try scratch.canaries()
    let failure = #expect(throws: Failure.self) { try scratch.unpack(sample) }
    #expect(failure?.kind == kind, "\(failure?.problem ?? "")")
    #expect(try scratch.canaries() == before)
  }
}
