import Glibc
import TestSupport
import Testing

@testable import System

@Suite struct RemovingTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func directory(_ name: String) throws -> FileDescriptor {
    try scratch.directory.subdirectory(name)
  }

  @Test("names are bytes, links are not followed, special files and read-only directories go")
  func kinds() throws {
    let outside = try directory("outside")
    try outside.makeNode(FileName("canary"), mode: S_IFREG | 0o600)
    let root = try directory("d")
    let odd = try root.subdirectory("sub")
    for bytes: [UInt8] in [[0xff, 0xfe], [0x0a], Array("..x".utf8), [UInt8](repeating: 0x61, count: 255)] {
      try odd.makeNode(#require(FileName(bytes)), mode: S_IFREG | 0o600)
    }
    try odd.makeSymlink(FileName("link"), to: FileName("../../outside"))
    try root.makeSymlink(FileName("link"), to: FileName("../outside"))
    try odd.makeNode(FileName("fifo"), mode: S_IFIFO | 0o600)
    try odd.makeDirectory("locked", mode: 0)
    #expect(Glibc.chmod(scratch.path("d/sub"), 0o500) == 0)
    try root.removeContents()
    #expect(try root.names() == [])
    #expect(try outside.names().count == 1)
  }

  @Test("60,000 files are gone within seconds, and 10,000 names in one directory")
  func many() throws {
    let root = try directory("d")
    for number in 0..<600 {
      let place = try root.subdirectory("sub-\(number)")
      for file in 0..<100 { try place.makeNode(FileName("\(file)"), mode: S_IFREG | 0o600) }
    }
    let one = try root.subdirectory("one")
    for file in 0..<10_000 { try one.makeNode(FileName("\(file)"), mode: S_IFREG | 0o600) }
    let clock = ContinuousClock()
    let time = try clock.measure { try root.removeContents() }
    #expect(try root.names() == [])
    #expect(time < .seconds(10))
  }

  @Test("a tree goes with its own name, a link and a file by their names alone")
  func tree() throws {
    let outside = try directory("outside")
    try outside.makeNode(FileName("canary"), mode: S_IFREG | 0o600)
    try scratch.directory.makeSymlink(FileName("link"), to: FileName("outside"))
    try scratch.write("file", "x")
    var place = try directory("d")
    for _ in 0..<300 {
      try place.makeNode(FileName("f"), mode: S_IFREG | 0o600)
      place = try place.subdirectory("d")
    }
    #expect(Glibc.chmod(scratch.path("d/d"), 0) == 0)
    for name in ["link", "file", "d"] { try scratch.directory.removeTree(FileName(name)) }
    #expect(try scratch.names == ["outside"])
    #expect(try outside.names().count == 1)
    #expect(throws: Errno(ENOENT)) { try scratch.directory.removeTree(FileName("d")) }
  }
}
