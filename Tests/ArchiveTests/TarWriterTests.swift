import Glibc
import System
import TestSupport
import Testing

@testable import Archive

@Suite struct TarWriterTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func written(_ body: (TarWriter) throws -> Void) throws -> [UInt8] {
    let file = try scratch.file("written.tar", [])
    try body(TarWriter(output: file, name: "written.tar"))
    return try scratch.bytes("written.tar")
  }

  private static let longName = String(repeating: "directory/", count: 30) + "file"

  private func sample(_ writer: TarWriter) throws {
    try writer.directory("blobs")
    try writer.file("oci-layout", Array("{}".utf8))
    try writer.file("blobs/" + String(repeating: "n", count: 120), text(600))
    try writer.file(Self.longName, [])
    try writer.symlink("link", to: "oci-layout")
    try writer.symlink("far", to: Self.longName)
    try writer.begin("blobs/large", size: 200_000)
    try noise(200_000).withUnsafeBytes { bytes in
      try writer.write(UnsafeRawBufferPointer(rebasing: bytes[..<100]))
      try writer.write(UnsafeRawBufferPointer(rebasing: bytes[100..<150_000]))
      try writer.write(UnsafeRawBufferPointer(rebasing: bytes[150_000...]))
    }
    try writer.end()
    try writer.finish()
  }

  @Test("the same input gives the same bytes") func deterministic() throws {
    #expect(try written(sample) == written(sample))
  }

  @Test("a stream is whole records of 512 bytes and ends in two of zeros") func blocks() throws {
    let bytes = try written { try $0.finish() }
    #expect(bytes == [UInt8](repeating: 0, count: 1024))
    #expect(try written(sample).count % 512 == 0)
  }

  @Test("what is written is read again") func roundTrip() throws {
    _ = try written(sample)
    let read = try members(FileDescriptor.open("\(scratch.path)/written.tar", O_RDONLY))
    #expect(
      read.map(\.path) == [
        "blobs/", "oci-layout", "blobs/" + String(repeating: "n", count: 120), Self.longName, "link", "far",
        "blobs/large",
      ])
    #expect(read[2].bytes == text(600))
    #expect(read[5].kind == .symlink(target: Self.longName))
    #expect(read[6].bytes == noise(200_000))
  }

  @Test(
    "other tars list and extract it as it is",
    arguments: ["tar", "bsdtar", "python3 -m tarfile"])
  func others(_ tool: String) throws {
    guard requireTool(String(tool.prefix { $0 != " " })) else { return }
    _ = try written(sample)
    try scratch.shell("mkdir out")
    try scratch.shell(
      tool.hasPrefix("python3") ? "\(tool) -e written.tar out" : "\(tool) -xf written.tar -C out")
    #expect(try scratch.bytes("out/oci-layout") == Array("{}".utf8))
    #expect(try scratch.bytes("out/blobs/large") == noise(200_000))
    #expect(try scratch.bytes("out/" + Self.longName) == [])
    #expect(try scratch.shell("readlink out/far") == Self.longName + "\n")
  }

  @Test("the header of a fixed member is this") func header() throws {
    let bytes = try written {
      try $0.file("a", [1]); try $0.finish()
    }
    #expect(
      String(decoding: bytes[100..<148], as: UTF8.self)
        == "0000644\u{0}0000000\u{0}0000000\u{0}00000000001\u{0}00000000000\u{0}")
    #expect(
      try scratch.shell("LC_ALL=C TZ=UTC tar -tvf written.tar")
        == "-rw-r--r-- 0/0               1 1970-01-01 00:00 a\n")
  }

  @Test("a size above 8 GiB is read by others", arguments: ["tar", "bsdtar"])
  func largeSize(_ tool: String) throws {
    guard requireTool(tool) else { return }
    let size: UInt64 = 9 << 30
    let header = TarHeader(.regular, path: "blobs/huge", size: size).blocks
    let file = try scratch.file("huge.tar", header)
    // The body is a hole: nothing is written to the disk.
    try file.truncate(to: UInt64(header.count) + size + 1024)
    let listing = try scratch.shell("LC_ALL=C \(tool) -tvf huge.tar")
    #expect(listing.contains(" 9663676416 "))
    let reader = try ArchiveReader(input: file, name: "huge")
    #expect(try reader.next()?.size == size)
    #expect(try reader.next() == nil)
  }

  @Test("a member that gets too few or too many bytes is refused") func wrongSize() throws {
    _ = try written { writer in
      try writer.begin("a", size: 2)
      #expect(throws: Failure.self) { try writer.end() }
      #expect(throws: Failure.self) {
        try [UInt8](repeating: 0, count: 3).withUnsafeBytes { try writer.write($0) }
      }
    }
  }

  @Test("an abandoned stream is broken for every reader", arguments: [0, 1, 2, 3])
  func abandoned(_ progress: Int) throws {
    let bytes = try written { writer in
      try writer.file("whole", [1, 2, 3])
      if progress > 0 { try writer.begin("part", size: 512) }
      if progress == 2 { try text(100).withUnsafeBytes { try writer.write($0) } }
      if progress == 3 { try text(512).withUnsafeBytes { try writer.write($0) } }
      writer.abandon()
    }
    #expect(system("tar -tf \(scratch.path)/written.tar > /dev/null 2>&1") != 0)
    #expect(throws: Failure.self) { try members(scratch.file("again.tar", bytes)) }
  }

  @Test("a reader that went away surfaces as EPIPE") func brokenPipe() throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [0, 0]
    try #require(Glibc.pipe(&ends) == 0)
    close(ends[0])
    let writer = TarWriter(output: FileDescriptor(owning: ends[1]), name: "output")
    do throws(Failure) {
      try writer.file("a", [1])
      try writer.finish()
      Issue.record("written into nothing")
    } catch { #expect(error.errno == Errno(EPIPE)) }
  }
}
