import Glibc
import System
import TestSupport
import Testing

@testable import Archive

@Suite struct ArchiveReaderTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let long = String(repeating: "d", count: 90) + "/" + String(repeating: "n", count: 99)

  /// A tree on the disk with what archives of images hold, and more; `long` is what the oldest format can't hold.
  private func tree(long: Bool = true) throws {
    try scratch.shell("mkdir -p t/blobs && ln -s blobs t/link")
    _ = try scratch.file("t/blobs/large", noise(1_000_000))
    _ = try scratch.file("t/empty", [])
    _ = try scratch.file("t/oci-layout", Array("{}".utf8))
    try scratch.shell("ln t/oci-layout t/second")
    if long {
      try scratch.shell("mkfifo t/fifo && mkdir t/\(Self.long.prefix(90))")
      _ = try scratch.file("t/" + Self.long, text(700))
    }
  }

  private func expectTree(_ read: [Member], long: Bool = true) {
    var found: [String: Member] = [:]
    for member in read { found[member.path] = member }
    #expect(found["t/"]?.kind == .directory)
    #expect(found["t/blobs/large"]?.bytes == noise(1_000_000))
    #expect(found["t/empty"]?.bytes == [])
    #expect(found["t/link"]?.kind == .symlink(target: "blobs"))
    let pair = [found["t/oci-layout"], found["t/second"]]
    #expect(pair.contains { $0?.bytes == Array("{}".utf8) && $0?.kind == .regular })
    #expect(
      pair.contains {
        $0?.kind == .hardlink(target: "t/second") || $0?.kind == .hardlink(target: "t/oci-layout")
      })
    if long {
      #expect(found["t/fifo"]?.kind == .other)
      #expect(found["t/" + Self.long]?.bytes == text(700))
    }
  }

  @Test(
    "every dialect is read, with every compression, from a file and from a pipe",
    arguments: [
      "tar --format=v7", "tar --format=oldgnu", "tar --format=ustar", "tar --format=gnu", "tar --format=pax",
      "bsdtar --format=ustar", "bsdtar --format=pax", "bsdtar --format=gnutar", "bsdtar --format=v7",
    ])
  func dialects(_ tool: String) throws {
    guard requireTool(String(tool.prefix { $0 != " " })) else { return }
    let long = !tool.hasSuffix("v7")
    try tree(long: long)
    try scratch.shell("\(tool) -cf plain t")
    for packer in ["cat", "gzip", "zstd", "xz", "bzip2"] where requireTool(packer) {
      try scratch.shell("\(packer) < plain > packed")
      expectTree(try members(FileDescriptor.open("\(scratch.path)/packed", O_RDONLY)), long: long)
      for chunk in [100, 65_536] {
        expectTree(try members(pipe(giving: scratch.bytes("packed"), chunk: chunk)), long: long)
      }
    }
  }

  @Test("bodies are found at their offsets in a plain file, and nowhere else") func offsets() throws {
    try tree()
    try scratch.shell("{ printf 'before' ; tar --format=pax -cf - t ; } > behind")
    let file = try FileDescriptor.open("\(scratch.path)/behind", O_RDONLY)
    lseek(file.number, 6, SEEK_SET)
    let reader = try ArchiveReader(input: file, name: "behind")
    var seen = 0
    while let entry = try reader.next() {
      var bytes = [UInt8](repeating: 0, count: Int(entry.size))
      let offset = try #require(entry.dataOffset)
      _ = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
      if entry.path == "t/blobs/large" { #expect(bytes == noise(1_000_000)); seen += 1 }
      if entry.path == "t/" + Self.long { #expect(bytes == text(700)); seen += 1 }
    }
    #expect(seen == 2)
    try scratch.shell("tar -czf packed t")
    for input in [
      try pipe(giving: scratch.bytes("behind").suffix(from: 6).map { $0 }),
      try FileDescriptor.open("\(scratch.path)/packed", O_RDONLY),
    ] {
      #expect(try ArchiveReader(input: input, name: "input").next()?.dataOffset == nil)
    }
  }

  @Test("bytes stay where they are for as many calls as promised", arguments: [true, false])
  func retained(_ piped: Bool) throws {
    let bytes = noise(3_000_000)
    let file = try scratch.file("a.tar", [])
    let writer = TarWriter(output: file, name: "a.tar")
    try writer.file(Self.long + Self.long, bytes)
    try writer.finish()
    lseek(file.number, 0, SEEK_SET)
    let reader = try ArchiveReader(input: piped ? pipe(giving: scratch.bytes("a.tar")) : file, name: "a.tar")
    _ = try reader.next()
    var held: [UnsafeRawBufferPointer] = []
    var offset = 0
    while let piece = try reader.nextBytes() {
      held.append(piece)
      if held.count > ArchiveReader.retainedCalls {
        let oldest = held.removeFirst()
        #expect(oldest.elementsEqual(bytes[offset..<offset + oldest.count]))
        offset += oldest.count
      }
    }
    #expect(offset > 1_000_000)
  }

  @Test("a member half read is passed over") func halfRead() throws {
    try tree()
    try scratch.shell("tar -cf a.tar t/blobs/large t/empty")
    for input in [
      try FileDescriptor.open("\(scratch.path)/a.tar", O_RDONLY), try pipe(giving: scratch.bytes("a.tar")),
    ] {
      let reader = try ArchiveReader(input: input, name: "a.tar")
      #expect(try reader.next()?.size == 1_000_000)
      _ = try reader.nextBytes()
      #expect(try reader.next()?.path == "t/empty")
      #expect(try reader.next() == nil)
      #expect(try reader.next() == nil)
      #expect(try reader.nextBytes() == nil)
    }
  }

  @Test("a second archive, or anything else behind the end, is an error: it would be lost") func behindEnd()
    throws
  {
    try tree()
    try scratch.shell("tar -cf a.tar t; cat a.tar a.tar > b.tar; (cat a.tar; echo x) > c.tar; gzip -k b.tar")
    for name in ["b.tar", "c.tar", "b.tar.gz"] {
      let failure = #expect(throws: Failure.self) { try members(scratch.file("copy", scratch.bytes(name))) }
      #expect(failure?.problem.contains("follows the end") == true)
    }
  }

  @Test("zeros behind the archive are padding, and read where they come through a pipe") func behind() throws
  {
    try tree()
    try scratch.shell("tar -cf a.tar t")
    let bytes = try scratch.bytes("a.tar") + [UInt8](repeating: 0, count: 3_000_000)
    expectTree(try members(scratch.file("b.tar", bytes)))
    signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [0, 0]
    try #require(Glibc.pipe(&ends) == 0)
    let end = ends[1]
    let written = Monitor<Errno??>(nil)
    let thread = try Thread {
      // Its only owner: it is closed when this ends, and closed once.
      do throws(Errno) {
        try FileDescriptor(owning: end).write(bytes)
        written.update { $0 = .some(nil) }
      } catch { written.update { $0 = .some(error) } }
    }
    expectTree(try members(FileDescriptor(owning: ends[0])))
    thread.join()
    #expect(written.wait { $0 } == .some(nil))
  }

  @Test("an archive without members is none") func noMembers() throws {
    #expect(try members(scratch.file("zeros", [UInt8](repeating: 0, count: 10_240))) == [])
  }

  @Test("names are what they are in the C locale too", arguments: ["pax", "gnu", "ustar"])
  func names(_ format: String) throws {
    guard requireTool("tar") else { return }
    #expect(setlocale(LC_ALL, nil).map { String(cString: $0) } == "C")
    try scratch.shell("mkdir ü && echo > ü/ключ && ln -s ü/ключ ü/λ && tar --format=\(format) -cf a.tar ü")
    let read = try members(FileDescriptor.open("\(scratch.path)/a.tar", O_RDONLY))
    #expect(Set(read.map(\.path)) == ["ü/", "ü/ключ", "ü/λ"])
    #expect(read.contains { $0.kind == .symlink(target: "ü/ключ") })
  }
}
