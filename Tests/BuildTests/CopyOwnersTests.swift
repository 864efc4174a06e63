import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

@Suite("owners, permissions, times and attributes of what is copied")
struct CopyOwnersTests {
  @Test("context files are root's, files of a stage keep their owners, --chown changes both and what is made")
  func owners() throws {
    guard requireRoot() else { return }
    var copy = try CopyScratch()
    try copy.write("d/f")
    try copy.scratch.shell(
      """
      chown -R 5:6 context; mkdir -p stage/d/s image/etc; touch stage/d/s/f; chown 7:8 stage/d stage/d/s; chown 9:10 stage/d/s/f
      printf 'root:x:0:0::/:\\nweb:x:33:44::/:\\n' > image/etc/passwd; printf 'web:x:44:\\nadm:x:55:\\n' > image/etc/group
      """)
    copy.surroundings.view = try copy.image()
    let stage = FileTree(image: try copy.image("stage"))
    #expect(try copy.lines("d /a/b") == ["a/ d 755 0:0 ", "a/b/ d 755 0:0 ", "a/b/f r 644 0:0 text"])
    #expect(try copy.lines("d /a", from: stage) == ["a/ d 755 0:0 ", "a/s/ d 755 7:8 ", "a/s/f r 644 9:10 "])
    for (owner, numbers) in [
      ("web", "33:44"), ("web:adm", "33:55"), ("33", "33:33"), ("1:2", "1:2"), ("web:0", "33:0"),
      ("12:web", "12:44"),
    ] {
      #expect(
        try copy.lines("--chown=\(owner) d /a", from: stage)
          == ["a/ d 755 \(numbers) ", "a/s/ d 755 \(numbers) ", "a/s/f r 644 \(numbers) "], "\(owner)")
    }
    #expect(try copy.lines("--chown=1:2 d /etc/x").prefix(2) == ["etc/ d 755 0:0 ", "etc/x/ d 755 1:2 "])
    for owner in ["nobody", "web:nogroup", "1:x", "4294967296"] {
      #expect(failure { _ = try copy.step("--chown=\(owner) d /a") } != nil, "\(owner)")
    }
  }

  @Test(
    "--chmod is octal or as chmod(1) has it",
    arguments: [
      ("640", 0o644, 0o640, 0o640), ("7777", 0o644, 0o7777, 0o7777), ("0", 0o644, 0, 0),
      ("u=rwX,go=rX", 0o640, 0o644, 0o755), ("a-w", 0o666, 0o444, 0o555), ("+x", 0o644, 0o755, 0o755),
      ("go-rwx", 0o755, 0o700, 0o700), ("u+s,g+s,o+t", 0o644, 0o7644, 0o7755), ("g=u", 0o640, 0o660, 0o775),
      ("=r", 0o777, 0o444, 0o444), ("o=", 0o644, 0o640, 0o750), ("a+X", 0o600, 0o600, 0o755),
      ("a+X", 0o610, 0o711, 0o755), ("u=rw-w+x", 0o644, 0o544, 0o555), ("ug=rw,o=r", 0o700, 0o664, 0o664),
      ("-x", 0o4755, 0o4644, 0o644), ("g-s", 0o6755, 0o4755, 0o755), ("u=g,g=o", 0o641, 0o411, 0o555),
    ])
  func mode(text: String, mode: UInt16, file: UInt16, directory: UInt16) throws {
    #expect(try FileMode(text).applied(to: mode, isDirectory: false) == file)
    #expect(try FileMode(text).applied(to: 0o755, isDirectory: true) == directory)
  }

  @Test(
    "what is no mode is refused",
    arguments: ["64a", "10000", "u+", "rw", "x+r", "u", "u=q", ",", "u+x,", "8", "+", "-1"])
  func wrongMode(text: String) throws {
    // chmod(1) takes `u+`: it changes nothing.
    if text == "u+" || text == "+" { return #expect(failure { _ = try FileMode(text) } == nil) }
    #expect(failure { _ = try FileMode(text) }?.hasPrefix("invalid chmod parameter: '\(text)'") == true)
  }

  @Test("--chmod is for what is copied, not for directories on the way; links have none")
  func modes() throws {
    let copy = try CopyScratch()
    try copy.write("d/f")
    try copy.scratch.shell("ln -s f context/d/l")
    #expect(
      try copy.lines("--chmod=4770 d /a/b") == [
        "a/ d 755 0:0 ", "a/b/ d 755 0:0 ", "a/b/f r 4770 0:0 text", "a/b/l s 777 0:0 f",
      ])
    #expect(
      try copy.lines("--chmod=u+x d /a") == ["a/ d 755 0:0 ", "a/f r 744 0:0 text", "a/l s 777 0:0 f"])
  }

  @Test("times are kept in whole seconds, and none is later than SOURCE_DATE_EPOCH")
  func times() throws {
    var copy = try CopyScratch()
    try copy.write("d/f", "d/s/g")
    try copy.scratch.shell(
      "touch -d @1000.7 context/d/f; touch -d @3000 context/d/s/g; touch -d @500 context/d/s; touch -d @400 context/d"
    )
    copy.surroundings.now = 9000
    func times() throws -> [String: Int64] {
      Dictionary(uniqueKeysWithValues: try copy.step("d /x/y").members().map { ($0.path, $0.entry.modified) })
    }
    #expect(try times() == ["x/": 9000, "x/y/": 400, "x/y/f": 1000, "x/y/s/": 500, "x/y/s/g": 3000])
    copy.surroundings.latest = 600
    #expect(try times() == ["x/": 600, "x/y/": 400, "x/y/f": 600, "x/y/s/": 500, "x/y/s/g": 600])
  }

  @Test("capabilities are kept, overlayfs's own attributes never")
  func attributes() throws {
    guard requireRoot(), requireTool("setfattr") else { return }
    let copy = try CopyScratch()
    try copy.write("f")
    try copy.scratch.shell(
      """
      cd context; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 f
      setfattr -n trusted.overlay.opaque -v y f; setfattr -n trusted.other -v y f
      """)
    let member = try copy.step("f /x").members()[0]
    #expect(
      member.entry.attributes.map { String(decoding: $0.name, as: UTF8.self) } == ["security.capability"])
  }

  @Test("files with several names are one file, within a source")
  func hardLinks() throws {
    let copy = try CopyScratch()
    try copy.write("one/a", "two/x")
    try copy.scratch.shell("cd context; ln one/a one/b; ln one/a two/c; ln one/a d")
    #expect(
      try copy.lines("one two d /t/") == [
        "t/ d 755 0:0 ", "t/a r 644 0:0 text", "t/b h 644 0:0 t/a", "t/c r 644 0:0 text",
        "t/d r 644 0:0 text",
        "t/x r 644 0:0 text",
      ])
  }

  @Test("a here-document is a file of its name")
  func heredoc() throws {
    let copy = try CopyScratch()
    let step = try copy.step("/etc/") { instruction in
      instruction.sources = [.heredoc(Heredoc(name: "motd", content: "hello\n"))]
    }
    #expect(try step.members().map(\.line) == ["etc/ d 755 0:0 ", "etc/motd r 644 0:0 hello\n"])
    _ = try step.digest(CountingDigests())
  }
}
