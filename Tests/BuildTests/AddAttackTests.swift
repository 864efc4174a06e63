import Archive
import Glibc
import System
import TestSupport
import Testing

@testable import Build

@Suite("archives that are meant to do harm")
struct AddAttackTests {
  private func lines(
    _ copy: CopyScratch, _ words: String = "t /x", _ fill: (TarWriter) throws(Failure) -> Void
  ) throws -> [String] {
    try copy.archive("t", fill)
    return try copy.addedLines(words)
  }

  @Test(
    "whatever a name is, it is below the destination",
    arguments: [
      "../f", "../../../../f", "/f", "//f", "./f", "a/../../f", "a/../../../f", "/../f",
    ])
  func names(name: String) throws {
    let copy = try CopyScratch()
    #expect(
      try self.lines(copy) { (tar) throws(Failure) in try tar.file(name, [0x31]) } == [
        "x/ d 755 0:0 ", "x/f r 644 0:0 1",
      ])
  }

  @Test(
    "links of the archive lead nowhere else",
    arguments: [
      ("/etc", "x/etc/f"), ("../../../etc", "x/etc/f"), ("..", "x/f"), ("/", "x/f"), ("d/../../e", "x/e/f"),
      (".", "x/f"),
    ])
  func links(target: String, path: String) throws {
    let copy = try CopyScratch()
    let lines = try self.lines(copy) { (tar) throws(Failure) in
      try tar.symlink("l", to: target)
      try tar.file("l/f", [0x31])
    }
    #expect(lines.last == "\(path) r 644 0:0 1")
  }

  @Test("links of the image lead nowhere else, and a directory takes the place of one")
  func imageLinks() throws {
    var copy = try CopyScratch()
    try copy.scratch.shell(
      "mkdir -p image/x/usr/lib image/lib; ln -s usr/lib image/x/lib; ln -s ../../lib image/x/up; ln -s /lib image/x/abs"
    )
    copy.surroundings.view = try copy.image()
    let paths = try self.lines(copy) { (tar) throws(Failure) in
      for name in ["lib", "up", "abs"] { try tar.file("\(name)/f", []) }
    }.map { $0.split(separator: " ")[0] }
    #expect(paths == ["x/", "x/usr/", "x/usr/lib/", "x/usr/lib/f", "x/usr/lib/f", "x/usr/lib/f"])
    let replaced = try self.lines(copy) { (tar) throws(Failure) in
      try tar.directory("lib")
      try tar.file("lib/f", [])
    }
    #expect(replaced.map { $0.split(separator: " ")[0] } == ["x/", "x/lib/", "x/lib/f"])
  }

  @Test("links in a circle are an error")
  func circle() throws {
    let copy = try CopyScratch()
    let error = failure {
      _ = try self.lines(copy) { (tar) throws(Failure) in
        try tar.symlink("a", to: "b")
        try tar.symlink("b", to: "a")
        try tar.file("a/f", [])
      }
    }
    #expect(error == "t: a/f: too many levels of symbolic links")
  }

  @Test(
    "hard links are to members before them",
    arguments: ["/etc/passwd", "../../etc/passwd", "etc/passwd", "none", "."])
  func hardLinks(target: String) throws {
    var copy = try CopyScratch()
    try copy.scratch.write("image/etc/passwd", "root")
    try copy.scratch.write("image/x/etc/passwd", "root")
    copy.surroundings.view = try copy.image()
    let error = failure {
      _ = try self.lines(copy) { (tar) throws(Failure) in
        var header = TarHeader(.hardlink, path: Array("h".utf8))
        header.target = Array(target.utf8)
        try tar.member(header)
      }
    }
    #expect(error == "t: h: a hard link to what is not before it in the archive")
  }

  @Test("a hard link through a link is to the file it leads to")
  func linkedLink() throws {
    let copy = try CopyScratch()
    let lines = try self.lines(copy) { (tar) throws(Failure) in
      try tar.file("d/f", [0x31])
      try tar.symlink("l", to: "/d")
      var header = TarHeader(.hardlink, path: Array("h".utf8))
      header.target = Array("../l/f".utf8)
      try tar.member(header)
    }
    #expect(lines.last == "x/h h 644 0:0 x/d/f")
  }

  @Test("whiteouts are refused", arguments: [".wh.f", "d/.wh..wh..opq", ".wh.d/f"])
  func whiteouts(name: String) throws {
    let copy = try CopyScratch()
    let error = failure { _ = try self.lines(copy) { (tar) throws(Failure) in try tar.file(name, []) } }
    #expect(error == "t: \(name): a layer can't hold a file of that name: it would be a whiteout")
  }

  @Test("the archive speaks no overlayfs")
  func attributes() throws {
    let copy = try CopyScratch()
    try copy.archive("t") { (tar) throws(Failure) in
      var header = TarHeader(.directory, path: Array("d/".utf8))
      header.attributes = ["trusted.overlay.opaque", "user.overlay.redirect", "user.mine"].map {
        (Array($0.utf8), [0x79])
      }
      try tar.member(header)
    }
    let members = try copy.add("t /x").members()
    #expect(members.last?.entry.attributes.map { String(decoding: $0.name, as: UTF8.self) } == ["user.mine"])
  }

  @Test("a file in the place of a directory, and a directory again")
  func replaced() throws {
    var copy = try CopyScratch()
    try copy.scratch.write("image/x/d/old", "old")
    #expect(
      failure {
        _ = try self.lines(copy) { (tar) throws(Failure) in
          try tar.file("f", [])
          try tar.file("f/g", [])
        }
      } == "t: f/g: f on the way to it is no directory")
    copy.surroundings.view = try copy.image()
    #expect(
      failure {
        _ = try self.lines(copy) { (tar) throws(Failure) in
          try tar.file("d", [])
          try tar.directory("d")
        }
      } == "t: d/: a file and then a directory, where the image has one already")
    // What went away with a directory is no link any more.
    let lines = try self.lines(copy) { (tar) throws(Failure) in
      try tar.symlink("new/l", to: "/elsewhere")
      try tar.file("new", [])
      try tar.directory("new")
      try tar.file("new/l/f", [])
    }
    #expect(lines.suffix(2) == ["x/new/l/ d 755 0:0 ", "x/new/l/f r 644 0:0 "])
  }

  @Test("the destination itself stays as it is, whatever the archive says of it")
  func destination() throws {
    let copy = try CopyScratch()
    let lines = try self.lines(copy) { (tar) throws(Failure) in
      var header = TarHeader(.directory, path: Array("./".utf8))
      header.mode = 0o777
      try tar.member(header)
    }
    #expect(lines == ["x/ d 755 0:0 "])
    #expect(
      failure { _ = try self.lines(copy) { (tar) throws(Failure) in try tar.symlink("..", to: "/etc") } }
        != nil)
  }
}
