import Glibc
import System
import TestSupport
import Testing

@testable import Archive

/// What may not be taken for an archive, or for the whole of one.
@Suite struct ArchiveAttackTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }
  private static let end = [UInt8](repeating: 0, count: 1024)

  /// The archive that `tool` makes of a few members, without padding behind its end-of-archive blocks.
  private func archive(_ tool: String) throws -> [UInt8] {
    try scratch.shell("mkdir -p t/blobs")
    let long = String(repeating: "n", count: 150)
    for (name, size) in [
      ("oci-layout", 30), ("blobs/a", 512), ("blobs/b", 1500), ("blobs/empty", 0), (long, 10),
    ] {
      _ = try scratch.file("t/\(name)", text(size))
    }
    if tool == "TarWriter" {
      let file = try scratch.file("a.tar", [])
      let writer = TarWriter(output: file, name: "a.tar")
      try writer.directory("t")
      for name in ["oci-layout", "blobs/a", "blobs/b", "blobs/empty", long] {
        try writer.file("t/\(name)", scratch.bytes("t/\(name)"))
      }
      try writer.finish()
    } else {
      try scratch.shell("\(tool) -b 1 -cf a.tar t")
    }
    return try scratch.bytes("a.tar")
  }

  /// Reads all (or only goes over it) and expects `invalid`.
  private func expectInvalid(
    _ input: FileDescriptor, listing: Bool = false, _ comment: Comment? = nil,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(comment, sourceLocation: location) {
      let reader = try ArchiveReader(input: input, name: "input")
      while try reader.next() != nil {
        while !listing, try reader.nextBytes() != nil {}
      }
    } throws: {
      ($0 as? Failure)?.kind == .invalid
    }
  }

  @Test(
    "an archive that is cut off anywhere is an error, read or listed, from a file or a pipe",
    arguments: ["TarWriter", "tar --format=gnu", "tar --format=pax", "bsdtar --format=ustar"])
  func truncated(_ tool: String) throws {
    guard tool == "TarWriter" || requireTool(String(tool.prefix { $0 != " " })) else { return }
    let whole = try archive(tool)
    #expect(try members(scratch.file("whole", whole)).count >= 6)
    // bsdtar pads its last record all the same.
    let last = try #require(whole.lastIndex { $0 != 0 })
    let ends = (last / 512 + 1) * 512 + 1024
    let offsets = Array(stride(from: 0, to: ends, by: 512)) + noise(40).map { (Int($0) * 9973) % ends }
    for count in offsets {
      let prefix = Array(whole[..<count])
      expectInvalid(try scratch.file("cut", prefix), "\(count)")
      expectInvalid(try scratch.file("cut", prefix), listing: true, "\(count), listed")
      expectInvalid(try pipe(giving: prefix), "\(count), piped")
    }
  }

  @Test(
    "a compressed archive that is cut off anywhere is an error", arguments: ["gzip", "zstd", "xz", "bzip2"])
  func truncatedCompressed(_ tool: String) throws {
    guard requireTool(tool) else { return }
    _ = try archive("TarWriter")
    try scratch.shell("\(tool) < a.tar > packed")
    let packed = try scratch.bytes("packed")
    for count in 1..<packed.count { expectInvalid(try scratch.file("cut", packed[..<count]), "\(count)") }
  }

  @Test(
    "a flipped bit in a header is an error", arguments: ["TarWriter", "tar --format=pax", "tar --format=gnu"])
  func flippedHeader(_ tool: String) throws {
    let whole = try archive(tool)
    let read = try members(scratch.file("whole", whole))
    for bit in stride(from: 0, to: 512 * 8, by: 3) {
      var broken = whole
      broken[bit / 8] ^= 1 << (bit % 8)
      // Spaces around the checksum's digits mean nothing.
      if let again = try? members(scratch.file("broken", broken)) { #expect(again == read, "bit \(bit)") }
    }
    var broken = whole
    broken[0] ^= 1
    expectInvalid(try scratch.file("broken", broken))
  }

  @Test(
    "what is no archive is not taken for one",
    arguments: [
      "x", "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>",
      String(repeating: "no tar\n", count: 300), String(repeating: "\u{0}", count: 511),
      String(repeating: "\u{0}", count: 512), String(repeating: "\u{0}", count: 1023), "\u{1f}", "BZh91AY&SY",
    ])
  func noArchive(_ text: String) throws {
    expectInvalid(try scratch.file("no.tar", text.utf8))
    expectInvalid(try pipe(giving: Array(text.utf8)))
  }

  @Test("nothing at all is an error that asks for the command before") func nothing() throws {
    #expect { try ArchiveReader(input: pipe(giving: []), name: "standard input") } throws: {
      let failure = $0 as? Failure
      return failure?.kind == .invalid && failure?.subject == "standard input"
        && failure?.problem == "nothing arrived (did the command before fail?)"
    }
    #expect { try ArchiveReader(input: scratch.file("empty", []), name: "empty") } throws: {
      ($0 as? Failure)?.kind == .invalid
    }
  }

  @Test("a directory, or what can't be read, fails") func unreadable() throws {
    for (path, flags) in [("/tmp", O_RDONLY), ("/dev/null", O_WRONLY)] {
      let file = try FileDescriptor.open(path, flags)
      #expect(throws: Failure.self) { try ArchiveReader(input: file, name: path) }
    }
  }

  /// A header as TarHeader makes it, changed in one place, with the right checksum.
  private func header(_ type: String, size: String = "00000000000", name: String = "m") -> [UInt8] {
    var block = TarHeader(.regular, path: name).blocks
    block.replaceSubrange(
      124..<136,
      with: Array(size.utf8.prefix(12)) + [UInt8](repeating: 0, count: 12 - min(12, size.utf8.count)))
    block[156] = Array(type.utf8)[0]
    return checksummed(block)
  }

  private func checksummed(_ block: [UInt8]) -> [UInt8] {
    var block = block
    block.replaceSubrange(148..<156, with: Array("        ".utf8))
    let digits = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    let sum = String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} "
    block.replaceSubrange(148..<156, with: Array(sum.utf8))
    return block
  }

  private func pax(_ records: [UInt8], type: String = "x") -> [UInt8] {
    let octal = String(records.count, radix: 8)
    let size = String(repeating: "0", count: 11 - octal.count) + octal
    return header(type, size: size) + records
      + [UInt8](repeating: 0, count: TarHeader.padding(after: UInt64(records.count)))
  }

  private func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [0x0a]
    var length = rest.count + 1
    while rest.count + String(length).count != length { length += 1 }
    return Array(String(length).utf8) + rest
  }

  @Test(
    "an extended header before the end announces a member that never comes", arguments: ["x", "g", "L", "K"])
  func onlyExtended(_ type: String) throws {
    for zeros in [512, 1024] {
      let bytes = header(type) + [UInt8](repeating: 0, count: zeros)
      if type == "g", zeros == 1024 { continue }  // Says nothing about a member: a whole archive.
      expectInvalid(try scratch.file("x.tar", bytes), "\(type) \(zeros)")
    }
  }

  @Test("a name that is not UTF-8 is an error") func badNames() throws {
    for bytes: [UInt8] in [[0x61, 0xff], [0xc3], [0xed, 0xa0, 0x80]] {
      var block = TarHeader(.regular, path: "aaaaaa").blocks
      block.replaceSubrange(0..<bytes.count, with: bytes)
      expectInvalid(try scratch.file("ustar", checksummed(block) + Self.end))
      expectInvalid(try scratch.file("pax", pax(record("path", bytes)) + header("0") + Self.end))
      expectInvalid(try scratch.file("link", pax(record("linkpath", bytes)) + header("2") + Self.end))
    }
  }

  @Test("a NUL in a pax name is an error or ends it, as in every other reader") func nulInName() throws {
    let bytes = pax(record("path", Array("blobs/a\u{0}/../../x".utf8))) + header("0") + Self.end
    let read = try? members(scratch.file("nul", bytes))
    #expect(read == nil || read?.map(\.path) == ["blobs/a"])
  }

  @Test(
    "a pax size that is no number of bytes is an error",
    arguments: ["-1", "18446744073709551615", "9223372036854775807", "99999999999999999999999"])
  func paxSizes(_ size: String) throws {
    expectInvalid(
      try scratch.file("size", pax(record("size", Array(size.utf8))) + header("0") + Self.end), "size \(size)"
    )
  }

  @Test("a size that no file can have is an error, not a trap") func headerSizes() throws {
    for first: UInt8 in [0x80, 0xff, 0xbf] {
      for rest: UInt8 in [0x7f, 0xff, 0x01] {
        var block = TarHeader(.regular, path: "m").blocks
        block.replaceSubrange(124..<136, with: [first] + [UInt8](repeating: rest, count: 11))
        let bytes = checksummed(block) + Self.end
        expectInvalid(try scratch.file("size", bytes))
        expectInvalid(try scratch.file("size", bytes), listing: true)
        expectInvalid(try pipe(giving: bytes))
      }
    }
  }

  @Test("extended headers without number or measure are refused, in bounded memory") func manyHeaders() throws
  {
    let many = Array(repeatElement(header("g"), count: 20_000).joined())
    expectInvalid(try scratch.file("many", many + header("0") + Self.end))
    for type in ["x", "g", "L", "K"] {
      // A header of a gibibyte, all of it a hole.
      let file = try scratch.file("large", header(type, size: "10000000000"))
      try file.truncate(to: (1 << 30) + 2048)
      lseek(file.number, 0, SEEK_SET)
      expectInvalid(file, "\(type)")
    }
  }

  @Test(
    "malformed pax records are an error",
    arguments: ["x", "0 a=b\n", "99 a=b\n", "6 ab\n", "-1 a=b\n", "5 a=b"])
  func malformedRecords(_ text: String) throws {
    expectInvalid(try scratch.file("pax", pax(Array(text.utf8)) + header("0") + Self.end), "\(text)")
  }

  @Test("a member stored sparse is refused when its body is read", arguments: ["gnu", "pax"])
  func sparse(_ format: String) throws {
    guard requireTool("tar") else { return }
    let file = try scratch.file("holes", text(5_000))
    try file.truncate(to: 10 << 20)
    try scratch.shell("tar --sparse --format=\(format) -cf a.tar holes")
    let reader = try ArchiveReader(input: .open("\(scratch.path)/a.tar", O_RDONLY), name: "a.tar")
    #expect(try reader.next()?.size == 10 << 20)
    #expect { try reader.nextBytes() } throws: { ($0 as? Failure)?.problem.contains("sparse") == true }
  }

  @Test("an error stays one") func finalError() throws {
    let bytes = header("0") + [UInt8](repeating: 1, count: 512) + header("0") + Self.end
    let reader = try ArchiveReader(input: scratch.file("a.tar", bytes), name: "a.tar")
    _ = try reader.next()
    for _ in 0..<3 { #expect(throws: Failure.self) { try reader.next() } }
    #expect(throws: Failure.self) { try reader.nextBytes() }
  }

  @Test("a bomb costs time, never memory") func bomb() throws {
    let file = try scratch.file("bomb", [])
    try scratch.shell("head -c 300000000 /dev/zero | gzip -1 > bomb")
    // 300 MB of zeros are an archive without members, and what follows it.
    let before = peakMemory()
    let failure = #expect(throws: Failure.self) { try members(file) }
    #expect(failure?.problem.contains("without end") == true)
    #expect(peakMemory() - before < 16 << 20)
  }

  private func peakMemory() -> Int {
    var usage = rusage()
    getrusage(CInt(0), &usage)
    return usage.ru_maxrss << 10
  }
}
