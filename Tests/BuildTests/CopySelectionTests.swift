import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

@Suite("what a COPY copies, and where to")
struct CopySelectionTests {
  @Test("a file goes to the name that is given, or into the directory")
  func file() throws {
    var copy = try CopyScratch()
    try copy.write("f")
    copy.surroundings.workingDirectory = "/work"
    #expect(try copy.lines("f /x") == ["x r 644 0:0 text"])
    #expect(try copy.lines("f /d/e/") == ["d/ d 755 0:0 ", "d/e/ d 755 0:0 ", "d/e/f r 644 0:0 text"])
    #expect(try copy.paths("f x") == ["work/", "work/x"])
    #expect(try copy.paths("f .") == ["work/", "work/f"])
    #expect(try copy.paths("f ..") == ["f"])
    #expect(try copy.paths("/f ../../x") == ["x"])
    #expect(try copy.paths("../../f /x") == ["x"])
  }

  @Test("an existing directory takes a file even where no slash says so, and stays what it is")
  func existingDirectory() throws {
    var copy = try CopyScratch()
    try copy.write("f")
    try copy.scratch.shell("mkdir -p image/etc/app && chmod 700 image/etc/app && chmod 1777 image/etc")
    copy.surroundings.view = try copy.image()
    #expect(
      try copy.lines("f /etc/app").map { $0.split(separator: " ")[...2].joined(separator: " ") }
        == ["etc/ d 1777", "etc/app/ d 700", "etc/app/f r 644"])
    #expect(
      try copy.lines("--link f /etc/app") == ["etc/ d 755 0:0 ", "etc/app r 644 0:0 text"])
  }

  @Test("a directory's content is copied, its own name and permissions are not")
  func directory() throws {
    let copy = try CopyScratch()
    try copy.write("d/a", "d/sub/b", "d/z")
    try copy.scratch.shell("chmod 700 context/d context/d/sub; chmod 4711 context/d/z; ln -s a context/d/l")
    #expect(
      try copy.lines("d /x") == [
        "x/ d 755 0:0 ", "x/a r 644 0:0 text", "x/l s 777 0:0 a", "x/sub/ d 700 0:0 ",
        "x/sub/b r 644 0:0 text", "x/z r 4711 0:0 text",
      ])
    #expect(try copy.paths(". /") == ["d/", "d/a", "d/l", "d/sub/", "d/sub/b", "d/z"])
    #expect(try copy.paths("d/sub d/a /x/") == ["x/", "x/a", "x/b"])
  }

  @Test("wildcards match names in order, links they match are followed, nothing found is fine")
  func wildcards() throws {
    let copy = try CopyScratch()
    try copy.write("a.go", "b.go", "c.txt", "s/one/f", "s/two/f", "s/two/g", ".hidden")
    try copy.scratch.shell("cd context && ln -s c.txt l.go && ln -s one s/three")
    #expect(try copy.lines("l.go l* /x/").last == "x/l.go r 644 0:0 text")
    #expect(try copy.paths("*.go /x/") == ["x/", "x/a.go", "x/b.go", "x/l.go"])
    #expect(try copy.paths("s/*/f /x/") == ["x/", "x/f"])
    #expect(try copy.paths("[a-b].go /x/") == ["x/", "x/a.go", "x/b.go"])
    #expect(try copy.paths("s/t* /x/") == ["x/", "x/f", "x/g"])
    #expect(try copy.paths("none* /x/") == [])
    #expect(try copy.paths("s/*/no* /x/") == [])
    #expect(try copy.paths("none* a.go /x/") == ["x/", "x/a.go"])
    #expect(try copy.paths("?hidden /x") == ["x"])
  }

  @Test("what is not there is said as BuildKit says it")
  func missing() throws {
    let copy = try CopyScratch()
    try copy.write("f")
    try copy.scratch.shell("ln -s gone context/dangling")
    for (source, path) in [
      ("x", "x"), ("./a/../x", "x"), ("../../x", "x"), ("f/x", "f/x"), ("dangling", "dangling"),
      ("no/*.c", "no"),
    ] {
      #expect(failure { _ = try copy.step("\(source) /d/") } == "\"/\(path)\": not found")
    }
    #expect(failure { _ = try copy.step("d* /d/") } == "\"/dangling\": not found")
    #expect(failure { _ = try copy.step("--parents no/such /d/") } == "\"/no/such\": not found")
  }

  @Test("several files need a directory")
  func several() throws {
    var copy = try CopyScratch()
    try copy.write("a", "b", "d/c")
    #expect(failure { _ = try copy.step("a b /x") }?.contains("must be a directory and end with a /") == true)
    #expect(failure { _ = try copy.step("a d /x") } == "/x: cannot copy to non-directory")
    #expect(try copy.paths("d a /x") == ["x/", "x/a", "x/c"])
    _ = try copy.scratch.make("image/x")
    copy.surroundings.view = try copy.image()
    #expect(try copy.paths("a b /x") == ["x/", "x/a", "x/b"])
  }

  @Test("directories of several sources merge, the last source's file is the one")
  func merge() throws {
    let copy = try CopyScratch()
    try copy.write("one/d/f", "one/d/g", "one/only/x", text: "one")
    try copy.write("two/d/f", "two/z", text: "two")
    try copy.write("three/d", text: "three")
    try copy.scratch.shell("chmod 711 context/two/d")
    #expect(
      try copy.lines("one two /t") == [
        "t/ d 755 0:0 ", "t/d/ d 711 0:0 ", "t/d/f r 644 0:0 two", "t/d/g r 644 0:0 one",
        "t/only/ d 755 0:0 ", "t/only/x r 644 0:0 one", "t/z r 644 0:0 two",
      ])
    #expect(failure { _ = try copy.paths("one three /t/") } == "/t/d: cannot replace to directory with file")
    #expect(failure { _ = try copy.paths("three one /t/") } == "/t/d: cannot copy to non-directory")
  }

  @Test("a file does not take a directory's place, nor a directory that of a file or a link")
  func kinds() throws {
    var copy = try CopyScratch()
    try copy.write("f", "tree/d/x", "tree/l/x")
    try copy.scratch.shell(
      "mkdir -p image/d/f image/e image/x; touch image/e/d; ln -s /d image/x/l; ln -s /d image/e/f")
    copy.surroundings.view = try copy.image()
    #expect(failure { _ = try copy.paths("f /d/") } == "/d/f: cannot replace to directory with file")
    #expect(failure { _ = try copy.paths("tree /e/") } == "/e/d: cannot copy to non-directory")
    #expect(failure { _ = try copy.paths("tree /x/") } == "/x/l: cannot copy to non-directory")
    #expect(failure { _ = try copy.paths("tree /e/d") } == "/e/d: cannot copy to non-directory")
    #expect(failure { _ = try copy.paths("f /e/d/") } == "/e/d: not a directory")
    #expect(failure { _ = try copy.paths("f /e/d/x") } == "/e/d: not a directory")
    #expect(try copy.lines("f /e/").last == "e/f r 644 0:0 text")
    #expect(try copy.lines("f /e/d").last == "e/d r 644 0:0 text")
  }

  @Test("links in the destination are followed within the image")
  func destinationLinks() throws {
    var copy = try CopyScratch()
    try copy.write("f")
    try copy.scratch.shell(
      """
      mkdir -p image/usr/bin image/opt; ln -s usr/bin image/bin; ln -s /../../../usr image/opt/up
      ln -s ../../../../new/place image/opt/new; ln -s loop image/loop
      """)
    copy.surroundings.view = try copy.image()
    #expect(try copy.paths("f /bin/") == ["usr/", "usr/bin/", "usr/bin/f"])
    #expect(try copy.paths("f /bin") == ["usr/", "usr/bin/", "usr/bin/f"])
    #expect(try copy.paths("f /opt/up/bin/g") == ["usr/", "usr/bin/", "usr/bin/g"])
    #expect(try copy.paths("f /opt/new") == ["new/", "new/place"])
    #expect(try copy.paths("f /opt/new/") == ["new/", "new/place/", "new/place/f"])
    #expect(failure { _ = try copy.paths("f /loop") } == "/loop: too many levels of symbolic links")
    #expect(try copy.paths("--link f /bin/") == ["bin/", "bin/f"])
  }

  @Test("--parents keeps the parents of sources, from the pivot on, with their permissions")
  func parents() throws {
    let copy = try CopyScratch()
    try copy.write("x/a.txt", "x/b.txt", "y/a.txt", "y/deep/er/a.txt", "y/deep/c")
    try copy.scratch.shell("chmod 700 context/y/deep")
    #expect(
      try copy.paths("--parents x/a.txt y/a.txt /p/") == ["p/", "p/x/", "p/x/a.txt", "p/y/", "p/y/a.txt"])
    #expect(
      try copy.lines("--parents y/deep/er /p/") == [
        "p/ d 755 0:0 ", "p/y/ d 755 0:0 ", "p/y/deep/ d 700 0:0 ", "p/y/deep/er/ d 755 0:0 ",
        "p/y/deep/er/a.txt r 644 0:0 text",
      ])
    #expect(
      try copy.paths("--parents y/./deep/er /p/") == ["p/", "p/deep/", "p/deep/er/", "p/deep/er/a.txt"])
    #expect(
      try copy.paths("--parents **/a.txt /p/")
        == ["p/", "p/x/", "p/x/a.txt", "p/y/", "p/y/a.txt", "p/y/deep/", "p/y/deep/er/", "p/y/deep/er/a.txt"])
    #expect(try copy.paths("--parents ./?/./b.txt /p/") == ["p/", "p/b.txt"])
  }

  @Test("--exclude leaves out by paths from the source's directory, ! takes back in")
  func excludes() throws {
    let copy = try CopyScratch()
    try copy.write("d/a.txt", "d/b.md", "d/sub/a.txt", "d/sub/c", "d/keep/a.txt", "d/keep/b.txt")
    #expect(
      try copy.paths("--exclude=*.txt d /x") == [
        "x/", "x/b.md", "x/keep/", "x/keep/a.txt", "x/keep/b.txt", "x/sub/", "x/sub/a.txt", "x/sub/c",
      ])
    #expect(try copy.paths("--exclude=**/*.txt d /x") == ["x/", "x/b.md", "x/keep/", "x/sub/", "x/sub/c"])
    #expect(
      try copy.paths("--exclude=sub --exclude=keep --exclude=!keep/b.txt d /x") == [
        "x/", "x/a.txt", "x/b.md", "x/keep/", "x/keep/b.txt",
      ])
    #expect(try copy.paths("--exclude=* d /x") == ["x/"])
    #expect(
      try copy.paths("--exclude=**/*.txt --parents d/sub /x/") == ["x/", "x/d/", "x/d/sub/", "x/d/sub/c"])
  }

  @Test("what .dockerignore leaves out is not there, whichever way leads to it")
  func ignored() throws {
    var copy = try CopyScratch()
    try copy.write("a", "secret/key", "secret/public", "build/out", "logs/x.log")
    try copy.scratch.shell("cd context && ln -s secret/key link && ln -s secret dir")
    copy.rules = try IgnoreRules(patterns: ["secret", "!secret/public", "build", "**/*.log"])
    #expect(
      try copy.paths(". /x") == ["x/", "x/a", "x/dir", "x/link", "x/logs/", "x/secret/", "x/secret/public"])
    for source in ["secret/key", "build", "build/out", "link", "dir/key", "logs/x.log"] {
      #expect(failure { _ = try copy.step("\(source) /d/") }?.hasSuffix("\": not found") == true, "\(source)")
    }
    #expect(try copy.paths("secret /x/") == ["x/", "x/public"])
    #expect(try copy.paths("*/key /x/") == [])
    #expect(try copy.paths("b* /x/") == [])
  }
}
