import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

@Suite("contexts that are meant to do harm, or are strange")
struct CopyAttackTests {
  @Test("no link leads out of the context")
  func links() throws {
    let copy = try CopyScratch()
    try copy.scratch.write("secret", "SECRET")
    try copy.scratch.write("out/secret", "SECRET")
    try copy.scratch.shell(
      """
      cd context; ln -s ../secret up; ln -s \(copy.scratch.path)/secret absolute; ln -s .. dir; ln -s /proc/self/root magic
      ln -s ../../../../../../etc/passwd passwd; ln -s loop loop; ln -s \(copy.scratch.path) whole
      """)
    for source in [
      "up", "absolute", "dir/secret", "dir/out/secret", "magic/etc/passwd", "passwd", "loop", "whole/secret",
      "u*",
      "dir/out", "../secret", "dir/../secret",
    ] {
      #expect(failure { _ = try copy.step("\(source) /x/") }?.hasSuffix("\": not found") == true, "\(source)")
    }
    // Copied as what they are.
    #expect(try copy.lines(". /x").allSatisfy { !$0.contains("SECRET") })
    #expect(try copy.lines(". /x").count == 8)
  }

  @Test("links within the context are followed, absolute ones from its root")
  func inside() throws {
    let copy = try CopyScratch()
    try copy.write("a/b/f", text: "inside")
    try copy.scratch.shell(
      "cd context; ln -s /a/b abs; ln -s a/b/f file; ln -s ../../.. a/up; ln -s abs/f chain")
    for source in ["abs/f", "file", "a/up/a/b/f", "chain", "a/up/chain", "ch*"] {
      #expect(try copy.lines("\(source) /x") == ["x r 644 0:0 inside"], "\(source)")
    }
    #expect(try copy.paths("file /x/") == ["x/", "x/file"])
  }

  @Test("links in a stage do not lead out of it")
  func stage() throws {
    let copy = try CopyScratch()
    try copy.scratch.write("secret", "SECRET")
    try copy.scratch.write("stage/etc/f", "stage")
    try copy.scratch.shell(
      "cd stage; ln -s \(copy.scratch.path)/secret s; ln -s ../../../etc e; ln -s /etc/f f")
    let tree = FileTree(image: try copy.image("stage"))
    #expect(failure { _ = try copy.step("s /x", from: tree) } == "\"/s\": not found")
    #expect(try copy.lines("e/f /x", from: tree).map { String($0.suffix(5)) } == ["stage"])
    #expect(try copy.lines("f /x", from: tree).map { String($0.suffix(5)) } == ["stage"])
  }

  @Test("fifos and devices are copied as what they are, without opening them; sockets are left out")
  func special() throws {
    let copy = try CopyScratch()
    try copy.write("f")
    try copy.scratch.shell("cd context; mkfifo -m 600 p; [ $(id -u) != 0 ] || mknod zero c 1 5")
    let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(copy.scratch.path("context/s").utf8CString)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.map { UInt8(bitPattern: $0) }) }
    let bound = withUnsafePointer(to: &address) {
      bind(
        socket, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
        socklen_t(MemoryLayout<sockaddr_un>.size))
    }
    #expect(bound == 0)
    let members = try copy.step(". /x").members()
    #expect(members.filter { $0.entry.kind == .fifo }.map(\.line) == ["x/p f 600 0:0 "])
    #expect(!members.contains { $0.path == "x/s" })
    if geteuid() == 0 {
      #expect(members.contains { $0.entry.kind == .characterDevice && $0.entry.minor == 5 })
    }
    _ = try copy.step(". /x").digest(CountingDigests())
    #expect(try copy.paths("p /x") == ["x"])
    #expect(failure { _ = try copy.step("s /x") } == "s: a socket can't be copied")
  }

  @Test("a file that becomes another while it is waited for is an error, a fifo does not hang it")
  func replaced() throws {
    let copy = try CopyScratch()
    try copy.write("d/a", "d/b", text: "before")
    for change in [
      "rm d/b; mkfifo d/b", "rm d/b; ln -s /etc/passwd d/b", "rm d/b; mkdir d/b", "rm d/b",
      "rm d/b; echo x > d/b",
      "echo more >> d/b", "rm -rf d; ln -s /etc d",
    ] {
      try copy.scratch.shell(
        "rm -rf context/d; mkdir context/d; printf before > context/d/b; printf a > context/d/a")
      let found = try copy.context().find([Array("d".utf8), Array("b".utf8)])
      guard case .file(let entry, let tree) = found else { return #expect(Bool(false)) }
      let file = CopiedFile(name: FileName("b"), content: .member(entry, tree))
      try copy.scratch.shell("cd context; \(change)")
      let problem = failure {
        let output = CopyDigester(CountingDigests(), { _ in })
        try CopyWalk(CopyAppearance(now: 0), output).copy(file, to: Array("x".utf8))
        _ = try output.finish()
      }
      if change.hasPrefix("rm -rf d;") {
        // The directory that was found is still the same, though nothing leads to it.
        #expect(problem == "d/b: No such file or directory")
      } else {
        #expect(problem != nil, "\(change)")
      }
    }
  }

  @Test("directories that are replaced by links while they are copied never lead out")
  func race() throws {
    let copy = try CopyScratch()
    try copy.scratch.write("out/secret", "SECRET")
    for number in 0..<20 { try copy.write("d\(number)/f") }
    let isOver = Monitor(false)
    let root = copy.scratch.path("context")
    let attacker = try Thread {
      while !isOver.update({ $0 }) {
        for number in 0..<20 {
          rename("\(root)/d\(number)", "\(root)/real")
          symlink("../out", "\(root)/d\(number)")
          unlink("\(root)/d\(number)")
          rename("\(root)/real", "\(root)/d\(number)")
        }
      }
    }
    defer {
      isOver.update { $0 = true }
      attacker.join()
    }
    for _ in 0..<100 {
      guard let members = try? copy.step(". /x").members() else { continue }
      #expect(!members.contains { $0.body == Array("SECRET".utf8) || $0.path.hasSuffix("secret") })
    }
  }

  @Test("names that are no text, and the strangest that are, are copied as they are")
  func names() throws {
    let copy = try CopyScratch()
    let directory = try copy.scratch.open("context")
    let names = [
      [0xff, 0xfe, 0x2e], Array("new\nline".utf8), Array(" blank ".utf8), Array("*".utf8), Array("ü".utf8),
    ]
    for name in names {
      _ = try directory.open(#require(FileName(name)), O_WRONLY | O_CREAT, mode: 0o644)
    }
    #expect(
      try Set(copy.step(". /x").members().dropFirst().map { Array($0.entry.path.dropFirst(2)) }) == Set(names)
    )
    // A byte that is no UTF-8 is a character.
    for (pattern, count) in [("??", 0), ("???", 2), ("?.", 0), ("??.", 2), ("?", 3), ("[*]", 2)] {
      #expect(try copy.step("\(pattern) /x/").members().count == count, "\(pattern)")
    }
  }

  @Test("a file called like a whiteout is refused")
  func whiteouts() throws {
    let copy = try CopyScratch()
    try copy.write("d/.wh.etc", "e/.wh..wh..opq", "f")
    for words in ["d /", "e /x", "f /.wh.x", "d/.wh.etc /x/"] {
      #expect(failure { _ = try copy.paths(words) }?.hasSuffix("it would be a whiteout") == true, "\(words)")
    }
  }

  @Test("a file that may not be read is named")
  func unreadable() throws {
    guard geteuid() != 0 else { return }
    let copy = try CopyScratch()
    try copy.write("d/f")
    try copy.scratch.shell("chmod 0 context/d/f")
    #expect(failure { _ = try copy.paths(". /x") } == "d/f: Permission denied")
  }

  @Test("a tree as deep as a path can be is copied, a deeper one is an error")
  func deep() throws {
    let copy = try CopyScratch()
    var directory = try copy.scratch.open("context")
    // `x/d/d…/d/f`, of one byte less than a path can have. The threads that run tests have small stacks.
    for _ in 0..<2045 {
      try directory.makeDirectory("d")
      directory = try directory.open("d", O_RDONLY | O_DIRECTORY)
    }
    _ = try directory.open("f", O_WRONLY | O_CREAT, mode: 0o644)
    #expect(try copy.step(". /x").members().count == 2047)
    var ignoring = copy
    ignoring.rules = try IgnoreRules(patterns: ["*", "!**/f", "**/g"])
    #expect(try ignoring.step(". /x").members().count == 2047)
    #expect(try ignoring.context().hasKept())
    #expect(try ignoring.context().leftOut().isEmpty)
    #expect(
      try copy.paths(Array(repeating: "d", count: 2045).joined(separator: "/") + " /x") == ["x/", "x/f"])
    try directory.makeDirectory("ddd")
    let problem = failure { _ = try copy.paths(". /x") }
    #expect(problem?.hasSuffix("the path is longer than a path can be") == true)
  }

  @Test("100,000 files are copied", .timeLimit(.minutes(3)))
  func many() throws {
    let copy = try CopyScratch()
    let root = try copy.scratch.open("context")
    for outer in 0..<100 {
      try root.makeDirectory("d\(outer)")
      let directory = try root.open("d\(outer)", O_RDONLY | O_DIRECTORY)
      for inner in 0..<1000 { _ = try directory.open("f\(inner)", O_WRONLY | O_CREAT, mode: 0o644) }
    }
    let digests = CountingDigests()
    let step = try copy.step(". /x")
    _ = try step.digest(digests)
    #expect(digests.read == 100_000)
    #expect(try step.members().count == 100_101)
  }
}
