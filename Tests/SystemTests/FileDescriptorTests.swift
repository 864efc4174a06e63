import Glibc
import TestSupport
import Testing

@testable import System

@Suite struct FileDescriptorTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch(in: "/tmp") }

  @Test("the last reference closes an owned number and leaves a borrowed one")
  func ownership() throws {
    let file = try FileDescriptor.spool(in: scratch.path)
    // High up, where no other test gets a number meanwhile.
    let copy = fcntl(file.number, F_DUPFD, 900)
    do { _ = FileDescriptor(borrowing: copy) }
    #expect(fcntl(copy, F_GETFD) != -1)
    do { _ = FileDescriptor(owning: copy) }
    #expect(fcntl(copy, F_GETFD) == -1)
  }

  @Test("descriptors don't leak into other programs")
  func closeOnExec() throws {
    let made = [
      try FileDescriptor.open("/dev/null", O_RDONLY), try scratch.directory.subdirectory("d"),
      try scratch.directory.open("f", O_CREAT | O_RDWR, mode: 0o600),
      try FileDescriptor.spool(in: scratch.path),
      try scratch.directory.temporaryFile().0,
    ]
    for file in made { #expect(fcntl(file.number, F_GETFD) & FD_CLOEXEC != 0) }
  }

  @Test(
    "a path below a directory never leaves it",
    arguments: ["../x", "/etc/passwd", "out/passwd", "d/../../x", "abs"])
  func beneath(_ path: String) throws {
    try scratch.directory.makeDirectory("d")
    symlink("/etc", scratch.path("out"))
    symlink("/etc/passwd", scratch.path("abs"))
    #expect(errno { _ = try scratch.directory.open(path, O_RDONLY) } == EXDEV)
  }

  @Test("no symbolic link is followed where none may be")
  func noSymlinks() throws {
    try scratch.write("f", "x")
    symlink("f", scratch.path("l"))
    #expect(
      errno { _ = try scratch.directory.open("l", O_RDONLY, resolve: [.beneath, .noSymlinks]) } == ELOOP)
    _ = try scratch.directory.open("l", O_RDONLY)
  }

  @Test("offsets and sizes beyond what files can have are errors, not traps")
  func hugeOffsets() throws {
    let file = try FileDescriptor.spool(in: scratch.path)
    var bytes: [UInt8] = [0]
    let read = { try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: .max) } }
    #expect((try? read()) ?? 0 == 0)
    #expect(errno { try bytes.withUnsafeBytes { try file.write($0, at: .max) } } != nil)
    #expect(errno { try file.truncate(to: .max) } != nil)
  }

  @Test("a write to a pipe that nobody reads is EPIPE, once SIGPIPE is ignored")
  func brokenPipe() throws {
    var ends: [CInt] = [0, 0]
    pipe(&ends)
    close(ends[0])
    signal(SIGPIPE, SIG_IGN)
    let file = FileDescriptor(owning: ends[1])
    #expect(errno { try file.write([1]) } == EPIPE)
  }

  @Test("a write larger than a pipe arrives whole")
  func partialWrites() throws {
    var ends: [CInt] = [0, 0]
    pipe(&ends)
    let input = FileDescriptor(owning: ends[0])
    let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let output = Monitor<FileDescriptor?>(FileDescriptor(owning: ends[1]))
    let thread = try Thread {
      try? output.update { $0 }?.write(sent)
      output.update { $0 = nil }
    }
    var got: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 10_000)
    while true {
      let count = try piece.withUnsafeMutableBytes { try input.read(into: $0) }
      if count == 0 { break }
      got += piece[..<count]
    }
    thread.join()
    #expect(got == sent)
  }

  @Test("names are bytes, sorted, without the directory itself")
  func names() throws {
    let odd: [UInt8] = [0xff, 0x0a, 0x2e]
    close(openat(scratch.directory.number, odd.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_RDWR, 0o600))
    for name in ["b", ".a", "B"] { try scratch.write(name, "") }
    #expect(try scratch.directory.names() == [Array(".a".utf8), Array("B".utf8), Array("b".utf8), odd])
    // Again: the position of the directory's own descriptor is not used up.
    #expect(try scratch.directory.names().count == 4)
    unlinkat(scratch.directory.number, odd.map { CChar(bitPattern: $0) } + [0], 0)
  }

  @Test("directories are made with those above them, and found again", arguments: ["a/b/c", "a//b/", "a"])
  func makeDirectories(_ path: String) throws {
    for _ in 1...2 { try FileDescriptor.makeDirectories(scratch.path(path)) }
    #expect(try FileDescriptor.open(scratch.path(path), O_RDONLY | O_DIRECTORY).status().kind == .directory)
  }

  @Test("a directory can't be made below a file or nothing")
  func makeDirectoriesFails() throws {
    try scratch.write("f", "")
    #expect(errno { try FileDescriptor.makeDirectories(scratch.path("f/d")) } == ENOTDIR)
    #expect(errno { try FileDescriptor.makeDirectories("") } == ENOENT)
  }

  @Test("a subdirectory is never reached through a symbolic link")
  func subdirectory() throws {
    symlink("/tmp", scratch.path("d"))
    #expect(errno { _ = try scratch.directory.subdirectory("d") } == ENOTDIR)
  }

  @Test("rename replaces, link does not")
  func renameAndLink() throws {
    try scratch.write("a", "1")
    try scratch.write("b", "2")
    try scratch.directory.rename("a", to: "b", in: scratch.directory)
    #expect(try scratch.text("b") == "1")
    let file = try #require(try scratch.directory.unnamedFile())
    #expect(errno { try file.link(as: "b", in: scratch.directory) } == EEXIST)
    try file.link(as: "c", in: scratch.directory)
    #expect(try scratch.names == ["b", "c"])
  }

  @Test("locks of two opens exclude each other, shared ones don't, and closing lets go")
  func locks() throws {
    try scratch.write("l", "")
    func open() throws -> FileDescriptor { try scratch.directory.open("l", O_RDONLY) }
    let other = try open()
    do {
      let first = try open()
      try first.lock(.shared)
      try other.lock(.shared, waiting: false)
      #expect(errno { try other.lock(.exclusive, waiting: false) } == EWOULDBLOCK)
      try first.lock(.shared)
    }
    try other.lock(.exclusive, waiting: false)
    #expect(errno { try open().lock(.shared, waiting: false) } == EWOULDBLOCK)
  }

  @Test("files, directories and file systems are made durable")
  func durable() throws {
    try scratch.directory.synchronize()
    try scratch.directory.synchronizeFileSystem()
    let place = try FileDescriptor.open(scratch.path, O_PATH)
    #expect(errno { try place.synchronize() } == EBADF)
    #expect(errno { try place.synchronizeFileSystem() } == EBADF)
  }

  @Test("kinds of files are told apart")
  func kinds() throws {
    try scratch.write("f", "abc")
    symlink("f", scratch.path("l"))
    mkfifo(scratch.path("p"), 0o600)
    #expect(try scratch.directory.status(of: "f").kind == .regular)
    #expect(try scratch.directory.status(of: "f").size == 3)
    #expect(try scratch.directory.status(of: "l").kind == .symlink)
    #expect(try scratch.directory.status(of: "p").kind == .fifo)
    #expect(try scratch.directory.status().kind == .directory)
    #expect(try FileDescriptor.open("/dev/null", O_RDONLY).status().kind == .characterDevice)
  }
}
