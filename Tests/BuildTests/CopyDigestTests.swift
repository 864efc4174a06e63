import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

@Suite("the digest of what a COPY copies")
struct CopyDigestTests {
  private let digests = CountingDigests()

  private func digest(_ copy: CopyScratch, _ words: String = ". /x") throws -> String {
    try copy.step(words).digest(CountingDigests()).hex
  }

  @Test("everything but times is in it")
  func everything() throws {
    let copy = try CopyScratch()
    try copy.write("a", "d/b", text: "one")
    try copy.scratch.shell("cd context && ln -s a l && mkfifo p")
    var seen = [try digest(copy)]
    #expect(try digest(copy) == seen[0])
    try copy.scratch.shell("find context -exec touch -h -d 2001-01-01 {} +")
    #expect(try digest(copy) == seen[0])
    for change in [
      "printf two > a", "chmod 600 a", "mv a c; ln -s b a", "ln -sf b l", "chmod 700 d", "mkdir e",
      "mv d/b d/c",
      "setfattr -n user.x -v 1 d/c || printf three > d/c", "rm p; mkfifo -m 600 p", "ln d/c d/e",
      "rm d/e; cp -a d/c d/e",
      "rm p; touch p",
    ] {
      try copy.scratch.shell("cd context && \(change)")
      let digest = try digest(copy)
      #expect(!seen.contains(digest), "\(change)")
      seen.append(digest)
    }
    for words in [
      "--chown=1:2 . /x", "--chown=1 . /x", "--chmod=755 . /x", ". /y", "d /x", "--exclude=d . /x",
    ] {
      let digest = try digest(copy, words)
      #expect(!seen.contains(digest), "\(words)")
      seen.append(digest)
    }
  }

  @Test("what is ignored is not in it")
  func ignored() throws {
    var copy = try CopyScratch()
    try copy.write("a")
    let before = try digest(copy)
    copy.rules = try IgnoreRules(patterns: ["tmp", "*.o"])
    try copy.write("tmp/x", "a.o")
    #expect(try digest(copy) == before)
  }

  @Test("known contents are not read, and each file is told with its path in the context")
  func known() throws {
    let copy = try CopyScratch()
    for number in 0..<300 { try copy.write("d\(number % 7)/f\(number)", text: "\(number)") }
    var entries: [String] = []
    let first = try copy.step(". /x").digest(digests) { (entry) throws(Failure) in
      if let source = entry.source { entries.append(String(decoding: source, as: UTF8.self)) }
    }
    #expect(digests.read == 300)
    #expect(entries.count == 300)
    #expect(entries.first == "d0/f0")
    #expect(try copy.step(". /x").digest(digests) == first)
    #expect(digests.read == 300)
  }

  @Test("what is written is what the digest is of, or it is an error")
  func changed() throws {
    let copy = try CopyScratch()
    try copy.write("a", "d/b")
    let step = try copy.step(". /x")
    _ = try step.digest(digests)
    #expect(try step.members().map(\.path) == ["x/", "x/a", "x/d/", "x/d/b"])
    try copy.write("a", text: "TEXT")
    #expect(failure { _ = try step.tar() } == "build context: files changed while they were copied")
    let other = try copy.step(". /x")
    _ = try other.digest(digests)
    try copy.write("d/new")
    #expect(failure { _ = try other.tar() } == "build context: files changed while they were copied")
  }

  @Test("the bytes written are the same, whatever the number of threads and sources' order on disk")
  func deterministic() throws {
    let one = try CopyScratch()
    let two = try CopyScratch()
    for number in 0..<200 {
      try one.write("d\(number % 3)/\(number)", text: "\(number)")
      try two.write("d\((199 - number) % 3)/\(199 - number)", text: "\(199 - number)")
    }
    for copy in [one, two] { try copy.scratch.shell("find context -exec touch -d @1000000000.5 {} +") }
    #expect(try one.step(". /x").tar() == two.step(". /x").tar())
  }
}
