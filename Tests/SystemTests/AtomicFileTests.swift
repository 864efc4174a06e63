import Glibc
import TestSupport
import Testing

@testable import System

@Suite struct AtomicFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch(in: "/tmp") }

  @Test("nothing has the name, or any name, before commit")
  func invisible() throws {
    let file = try AtomicFile(scratch.path("out"))
    try file.descriptor.write(Array("half".utf8))
    #expect(try scratch.names == [])
    try file.commit()
    #expect(try scratch.names == ["out"])
    #expect(try scratch.text("out") == "half")
  }

  @Test("an older file is replaced, and who has it open keeps it")
  func replaces() throws {
    try scratch.write("out", "old")
    let open = try FileDescriptor.open(scratch.path("out"), O_RDONLY)
    let file = try AtomicFile(scratch.path("out"))
    try file.descriptor.write(Array("new".utf8))
    #expect(try scratch.text("out") == "old")
    try file.commit()
    #expect(try scratch.text("out") == "new")
    #expect(try scratch.names == ["out"])
    #expect(try open.status().raw.st_nlink == 0)
  }

  @Test("without commit the older file stays and nothing else does")
  func abandoned() throws {
    try scratch.write("out", "old")
    do {
      let file = try AtomicFile(scratch.path("out"))
      try file.descriptor.write(Array("new".utf8))
    }
    #expect(try scratch.names == ["out"])
    #expect(try scratch.text("out") == "old")
  }

  @Test(
    "where files must have names, a temporary one serves and goes, with commit and without",
    arguments: [true, false])
  func named(_ commits: Bool) throws {
    try scratch.write("out", "old")
    do {
      let file = try AtomicFile(scratch.path("out"), unnamed: false)
      try file.descriptor.write(Array("new".utf8))
      #expect(try scratch.names.count == 2 && scratch.text("out") == "old")
      if commits { try file.commit() }
    }
    #expect(try scratch.names == ["out"])
    #expect(try scratch.text("out") == (commits ? "new" : "old"))
  }

  @Test("the mode is what the umask leaves of 0666")
  func mode() throws {
    let file = try AtomicFile(scratch.path("out"))
    try file.commit()
    try scratch.write("plain", "")
    let modes = try ["out", "plain"].map { try scratch.directory.status(of: $0).raw.st_mode }
    #expect(modes[0] == modes[1])
  }

  @Test("a symbolic link stays and the file it leads to is replaced")
  func symlink() throws {
    try scratch.write("target", "old")
    Glibc.symlink("target", scratch.path("link"))
    let file = try AtomicFile(scratch.path("link"))
    try file.descriptor.write(Array("new".utf8))
    try file.commit()
    #expect(try scratch.directory.status(of: "link").kind == .symlink)
    #expect(try scratch.text("target") == "new")
  }

  @Test("a full device says so at the first write")
  func fullDevice() throws {
    let file = try AtomicFile("/dev/full")
    #expect(errno { try file.descriptor.write([1]) } == ENOSPC)
  }

  @Test("a fifo is written directly")
  func fifo() throws {
    mkfifo(scratch.path("fifo"), 0o600)
    let reader = try FileDescriptor.open(scratch.path("fifo"), O_RDONLY | O_NONBLOCK)
    let file = try AtomicFile(scratch.path("fifo"))
    try file.descriptor.write([7])
    var byte: [UInt8] = [0]
    #expect(try byte.withUnsafeMutableBytes { try reader.read(into: $0) } == 1)
    try file.commit()
    #expect(try scratch.directory.status(of: "fifo").kind == .fifo)
  }

  @Test("an open file by its name in /proc is written, not replaced")
  func magicLink() throws {
    try scratch.write("out", "older")
    let open = try FileDescriptor.open(scratch.path("out"), O_RDWR)
    let before = try open.status().raw.st_ino
    let file = try AtomicFile("/proc/self/fd/\(open.number)")
    try file.descriptor.write(Array("new".utf8))
    try file.commit()
    #expect(try scratch.directory.status(of: "out").raw.st_ino == before)
    #expect(try scratch.text("out") == "new")
  }

  @Test(
    "what can't be a file is an error at once",
    arguments: [
      ("dir", EISDIR), ("dir/", EISDIR), ("new/", EISDIR), ("missing/out", ENOENT), ("file/out", ENOTDIR),
    ])
  func impossible(_ name: String, _ error: CInt) throws {
    try scratch.directory.makeDirectory("dir")
    try scratch.write("file", "")
    #expect(errno { _ = try AtomicFile(scratch.path(name)) } == error)
    #expect(try scratch.names == ["dir", "file"])
  }

  @Test("an empty path is an error")
  func empty() { #expect(errno { _ = try AtomicFile("") } == ENOENT) }

  @Test("a path without a slash is in the working directory")
  func relative() throws {
    let name = "ociutils-test-\(getpid())"
    let file = try AtomicFile(name)
    try file.commit()
    try FileDescriptor(borrowing: AT_FDCWD).unlink(name)
  }

  @Test("a temporary name is new each time, and a taken one is passed over")
  func temporaryNames() throws {
    let (_, first) = try scratch.directory.temporaryFile()
    let (_, second) = try scratch.directory.temporaryFile()
    #expect(try Set(scratch.names) == [first, second])
    #expect(first != second)
    var calls = 0
    let (made, name) = try scratch.directory.withTemporaryName { name throws(Errno) in
      calls += 1
      if calls < 3 { throw Errno(EEXIST) }
      return calls
    }
    #expect(made == 3 && name.hasPrefix(".ociutils-"))
  }

  @Test("a spool file has no name, can be read again and is only its owner's")
  func spool() throws {
    let file = try FileDescriptor.spool(in: scratch.path)
    try file.write([1, 2, 3])
    var bytes = [UInt8](repeating: 0, count: 4)
    #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 1) } == 2)
    #expect(try scratch.names == [])
    #expect(try file.status().raw.st_nlink == 0)
    #expect(try file.status().raw.st_mode & 0o777 == 0o600)
  }
}
