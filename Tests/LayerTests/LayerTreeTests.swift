import System
import Testing

@testable import Layer

/// What layers make together: `name` is a file, `name/` a directory, `name>target` a symbolic link.
private func tree(_ layers: [[String]]) throws -> LayerTree {
  var tree = LayerTree()
  for layer in layers {
    var members = layer.map { text -> LayerEntry in
      if text.hasSuffix("/") { return LayerEntry(path: Array(text.utf8), kind: .directory) }
      let parts = text.split(separator: ">", maxSplits: 1)
      var entry = LayerEntry(path: Array(parts[0].utf8), kind: parts.count > 1 ? .symlink : .regular)
      if parts.count > 1 { entry.target = Array(parts[1].utf8) }
      return entry
    }.makeIterator()
    try tree.addLayer { members.next() }
  }
  return tree
}

/// Each file as `LAYER:PATH`, `/` behind a directory and `?` behind an implied one.
private func listing(_ tree: LayerTree) -> [String] {
  var lines: [String] = []
  tree.forEach { file in
    let mark = file.entry.kind == .directory ? (file.isImplied ? "/?" : "/") : ""
    lines.append("\(file.layer):\(String(decoding: file.entry.path, as: UTF8.self))\(mark)")
  }
  return lines
}

private struct Case: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let layers: [[String]]
  let result: [String]

  init(_ claim: String, _ layers: [[String]], _ result: [String]) {
    testDescription = claim
    self.layers = layers
    self.result = result
  }
}

private let cases = [
  Case(
    "names are sorted, directories first seen", [["b", "a/", "a/z", "a/b"]],
    ["0:a/", "0:a/b", "0:a/z", "0:b"]),
  Case("the topmost layer wins", [["a", "b"], ["b"]], ["0:a", "1:b"]),
  Case("a directory upon a directory keeps what is in it", [["d/", "d/x"], ["d/"]], ["1:d/", "0:d/x"]),
  Case("a file upon a directory hides what was in it", [["d/", "d/x"], ["d"]], ["1:d"]),
  Case("a directory upon a file", [["d"], ["d/", "d/x"]], ["1:d/", "1:d/x"]),
  Case("directories may go without saying", [["a/b/c"]], ["0:a/?", "0:a/b/?", "0:a/b/c"]),
  Case("a whiteout removes a file", [["a", "b"], [".wh.a"]], ["0:b"]),
  Case("a whiteout removes a directory with all in it", [["d/", "d/e/", "d/e/f"], [".wh.d"]], []),
  Case("a whiteout of nothing is nothing", [["a"], [".wh.b", "d/.wh.c"]], ["0:a"]),
  Case("a whiteout does not touch its own layer, before it", [["a"], ["a", ".wh.a"]], ["1:a"]),
  Case("nor behind it", [["a"], [".wh.a", "a"]], ["1:a"]),
  Case(
    "a directory made anew hides the old one's files, whiteout first",
    [["d/", "d/old"], [".wh.d", "d/", "d/new"]],
    ["1:d/", "1:d/new"]),
  Case("whiteout last", [["d/", "d/old"], ["d/", "d/new", ".wh.d"]], ["1:d/", "1:d/new"]),
  Case(
    "what lies in a directory whited out makes it anew, without its attributes",
    [["d/", "d/old", "d/e/", "d/e/old"], ["d/e/new", ".wh.d"]], ["1:d/?", "1:d/e/?", "1:d/e/new"]),
  Case(
    "an opaque directory hides what lower layers have, marker first",
    [["d/", "d/old", "d/e/", "d/e/old"], ["d/.wh..wh..opq", "d/new", "d/e/"]], ["0:d/", "1:d/e/", "1:d/new"]),
  Case(
    "marker last", [["d/", "d/old", "d/e/", "d/e/old"], ["d/new", "d/e/", "d/.wh..wh..opq"]],
    ["0:d/", "1:d/e/", "1:d/new"]),
  Case("an opaque root counts", [["a", "d/", "d/x"], ["b", ".wh..wh..opq"]], ["1:b"]),
  Case("what was removed can come back, bare", [["d/", "d/x"], [".wh.d"], ["d/"]], ["2:d/"]),
  Case("and be removed again", [["d/x"], [".wh.d"], ["d/y"], ["d/.wh.y", "d/z"]], ["2:d/?", "3:d/z"]),
  Case("AUFS's files are no files", [["a", ".wh..wh.aufs", ".wh..wh.plnk"]], ["0:a"]),
  Case(
    "leading and double slashes and dots say nothing", [["/a//b/", "./a/./c", "./"]],
    ["0:/", "0:a/?", "0:a/b/", "0:a/c"]),
  Case(
    "names that lead out stay names", [["../x", "a/../y"]],
    ["0:../?", "0:../x", "0:a/?", "0:a/../?", "0:a/../y"]),
  Case(
    "a link to a directory is followed", [["usr/lib/", "lib>usr/lib"], ["lib/x"]],
    ["0:lib", "0:usr/?", "0:usr/lib/", "1:usr/lib/x"]),
  Case(
    "inside the image", [["a/b/", "a/b/l>../../../../c", "c/"], ["a/b/l/x"]],
    ["0:a/?", "0:a/b/", "0:a/b/l", "0:c/", "1:c/x"]),
  Case(
    "whiteouts follow it too", [["usr/lib/", "usr/lib/x", "lib>/usr/lib"], ["lib/.wh.x"]],
    ["0:lib", "0:usr/?", "0:usr/lib/"]),
  Case("a link in a circle makes way", [["a>b", "b>a"], ["a/x"]], ["1:a/?", "1:a/x", "0:b"]),
]

struct LayerTreeTests {
  @Test("layers are merged", arguments: cases)
  fileprivate func merging(_ sample: Case) throws {
    #expect(try listing(tree(sample.layers)) == sample.result)
  }

  @Test("the order of members in a layer does not matter to whiteouts", arguments: 0..<200)
  func order(seed: Int) throws {
    var generator = Generator(state: UInt64(seed))
    let base = ["a/", "a/x", "a/b/", "a/b/y", "c/", "c/d/", "c/d/e", "f"]
    let members = [".wh.a", "a/", "a/z", "a/b/n", "c/.wh.d", "c/d/", "c/.wh..wh..opq", ".wh.f", "c/d/new"]
    let expected = ["1:a/", "1:a/b/?", "1:a/b/n", "1:a/z", "0:c/", "1:c/d/", "1:c/d/new"]
    #expect(try listing(tree([base, members.shuffled(using: &generator)])) == expected)
  }

  @Test(
    "whiteouts that name no file are refused", arguments: [".wh.", "d/.wh..", "d/.wh..."])
  func refused(name: String) {
    let failure = #expect(throws: Failure.self) { _ = try tree([["d/", name]]) }
    #expect(failure?.kind == .invalid)
  }

  @Test("names that no file system takes are refused")
  func long() {
    #expect(throws: Failure.self) { _ = try tree([[String(repeating: "a/", count: 2049)]]) }
    let deep = String(repeating: "a/", count: 2000)
    #expect(throws: Failure.self) { _ = try tree([[deep, "l>\(deep).", "l/\(deep)x"]]) }
    #expect(throws: Failure.self) { _ = try tree([["/"], ["./."]]) }
  }

  @Test("removing a large directory again and again costs what it holds, not more")
  func quadratic() throws {
    let names = (0..<50_000).map { "d/\($0)" }
    let again = (0..<300).map { _ in ["d/x", ".wh.d", "d", "d/", "d/.wh..wh..opq"] }
    let clock = ContinuousClock()
    let once = try clock.measure { _ = try tree([names]) }
    var result: [String] = []
    let often = try clock.measure { result = try listing(tree([names] + again)) }
    #expect(result == ["300:d/"])
    #expect(often < once * 4 + .milliseconds(500), "\(often), once \(once)")
  }
}

/// Numbers that are the same in each run.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
