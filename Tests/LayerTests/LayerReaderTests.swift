import System
import Testing

@testable import Layer

struct LayerReaderTests {
  @Test("members of every kind are read, however the input is cut", arguments: [1, 511, 512, 513, 100_000])
  func kinds(chunk: Int) throws {
    var tar = SampleTar()
    tar.add("file", "0", body: "hello")
    tar.add("old", "\0", body: String(repeating: "x", count: 513))
    tar.add("hard", "1", link: "file")
    tar.add("soft", "2", link: "../file")
    tar.add("directory", "5")
    tar.add("v7/", "\0")
    tar.add("fifo", "6")
    tar.add("strange", "Z", body: "x")
    tar.end()
    let read = try entries(tar.bytes, chunk: chunk)
    #expect(
      read.map(\.kind) == [
        .regular, .regular, .hardlink, .symlink, .directory, .directory, .fifo, .regular,
      ])
    #expect(read.map(\.size) == [5, 513, 0, 0, 0, 0, 0, 1])
    #expect(read[3].target == Array("../file".utf8))
    #expect(read[0].mode == 0o644)
  }

  @Test("names are bytes: not UTF-8, in pax headers and GNU's long names too")
  func names() throws {
    let long =
      Array("caf\u{e9}".unicodeScalars.map { UInt8($0.value) }) + [UInt8](repeating: 0x61, count: 300)
    var tar = SampleTar()
    tar.add([0xff, 0xfe])
    tar.pax([("path", long), ("linkpath", [0x80]), ("mtime", Array("-1.5".utf8)), ("comment", [0xff, 0])])
    tar.add(Array("short".utf8), "2")
    tar.add(Array("L".utf8), "L", body: long + [0], magic: "ustar  \u{0}")
    tar.add(Array("K".utf8), "K", body: [0x81, 0], magic: "ustar  \u{0}")
    tar.add(Array("short".utf8), "1", magic: "ustar  \u{0}")
    tar.add("after", "0")
    tar.end()
    let read = try entries(tar.bytes)
    #expect(read.map(\.path) == [[0xff, 0xfe], long, long, Array("after".utf8)])
    #expect(read.map(\.target) == [[], [0x80], [0x81], []])
    #expect(read[1].modified == -2)
  }

  @Test("numbers in binary, in pax records, with blanks")
  func numbers() throws {
    var tar = SampleTar()
    tar.add([0x61], size: " 5 \u{0}", mtime: "") { block in
      block.replaceSubrange(108..<116, with: [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])
      block.replaceSubrange(136..<148, with: [UInt8](repeating: 0xff, count: 12))
    }
    tar.append([UInt8](repeating: 0x78, count: 512))
    tar.pax([("size", Array("600".utf8)), ("uid", Array("4294967296".utf8)), ("gid", [])])
    tar.add([0x62], size: "00000000001")
    tar.append([UInt8](repeating: 0x79, count: 1024))
    tar.end()
    let read = try entries(tar.bytes)
    #expect(read.map(\.size) == [5, 600])
    #expect(read.map(\.user) == [0xffff_ffff, 4_294_967_296])
    #expect(read[0].modified == -1)
  }

  @Test("sparse files have the size they unpack to")
  func sparse() throws {
    var tar = SampleTar()
    tar.add(Array("old".utf8), "S", body: [], size: octal(512), magic: "ustar  \u{0}") { block in
      block.replaceSubrange(386..<398, with: Array("00000010000 ".utf8))
      block.replaceSubrange(398..<410, with: Array("00000001000 ".utf8))
      block[482] = 1
      block.replaceSubrange(483..<495, with: Array("00010000000 ".utf8))
    }
    tar.append([UInt8](repeating: 0, count: 512) + [UInt8](repeating: 0x73, count: 512))
    tar.pax([
      ("GNU.sparse.major", [0x31]), ("GNU.sparse.minor", [0x30]),
      ("GNU.sparse.name", Array("new".utf8)), ("GNU.sparse.realsize", Array("99999".utf8)),
    ])
    let map = Array("1\n99990\n3\n".utf8)
    tar.add(
      Array("GNUSparseFile.0/new".utf8),
      body: map + [UInt8](repeating: 0, count: 512 - map.count) + [1, 2, 3])
    tar.pax([
      ("GNU.sparse.size", Array("9".utf8)), ("GNU.sparse.map", Array("0,1,8,1".utf8)),
      ("GNU.sparse.name", Array("map".utf8)),
    ])
    tar.add("dummy", "0", body: "ab")
    tar.pax([
      ("GNU.sparse.size", Array("9".utf8)), ("GNU.sparse.numblocks", [0x31]),
      ("GNU.sparse.offset", [0x34]), ("GNU.sparse.numbytes", [0x32]),
    ])
    tar.add("oldest", "0", body: "ab")
    tar.end()
    let read = try entries(tar.bytes)
    #expect(read.map(\.size) == [0o10000000, 99999, 9, 9])
    #expect(
      read.map(\.extents) == [
        [SparseExtent(offset: 4096, count: 512)], [SparseExtent(offset: 99990, count: 3)],
        [SparseExtent(offset: 0, count: 1), SparseExtent(offset: 8, count: 1)],
        [SparseExtent(offset: 4, count: 2)],
      ])
    #expect(read[1].path == Array("new".utf8))
  }

  @Test("an end without end-of-archive blocks is one; what follows them does not matter")
  func ends() throws {
    var tar = SampleTar()
    tar.add("file", "0", body: "hello")
    #expect(try entries(tar.bytes).count == 1)
    #expect(try entries(tar.bytes + [UInt8](repeating: 0, count: 512)).count == 1)
    tar.end()
    #expect(try entries(tar.bytes + Array("garbage".utf8)).count == 1)
    #expect(try entries([]).isEmpty)
  }

  @Test("damaged and hostile headers are refused, never obeyed", arguments: 0..<9)
  func hostile(number: Int) {
    var tar = SampleTar()
    switch number {
    case 0: tar.append([UInt8](repeating: 0x41, count: 512))
    case 1: tar.add(Array("x".utf8), size: "0000000000z")
    case 2:
      tar.add(Array("x".utf8)) {
        $0.replaceSubrange(124..<136, with: [0xff] + [UInt8](repeating: 0xff, count: 11))
      }
    case 3:
      tar.add(Array("x".utf8)) {
        $0.replaceSubrange(124..<136, with: [0x80, 0xff] + [UInt8](repeating: 0xff, count: 10))
      }
    case 4: tar.add(Array("x".utf8), "x", body: Array("9999999999999999999 path=x\n".utf8))
    case 5: tar.add(Array("x".utf8), "x", body: Array("0 \n".utf8))
    case 6: tar.pax([("path", [0x61, 0, 0x62])])
    case 7: tar.add(Array("x".utf8), "L", size: "77777777777")
    default: tar.pax([("size", Array("18446744073709551615".utf8))])
    }
    tar.add("after", "0", body: "x")
    tar.end()
    let failure = #expect(throws: Failure.self) { try entries(tar.bytes) }
    #expect(failure?.kind == .invalid)
    #expect(failure?.subject == "layer")
  }

  @Test("a tar cut off anywhere inside a member is refused")
  func cutOff() throws {
    var tar = SampleTar()
    tar.pax([("path", Array("long".utf8))])
    tar.add("file", "0", body: String(repeating: "x", count: 700))
    for length in stride(from: 1, to: tar.bytes.count, by: 37) {
      #expect(throws: Failure.self, "\(length)") { try entries(Array(tar.bytes[..<length])) }
    }
  }
}
