import Archive
import Dockerfile
import Glibc
import Image
import System
import TestSupport
import Testing

@testable import Build

extension CopyScratch {
  /// Writes an archive into the context.
  func archive(_ name: String, _ fill: (TarWriter) throws(Failure) -> Void) throws {
    let file = try FileDescriptor.open(scratch.path("context/\(name)"), O_WRONLY | O_CREAT | O_TRUNC)
    let tar = TarWriter(output: file, name: name)
    try fill(tar)
    try tar.finish()
  }

  /// The ADD of these words.
  func add(
    _ words: String, _ added: AddedSources = AddedSources(),
    _ edit: (inout CopyInstruction) -> Void = { _ in }
  ) throws -> CopyStep {
    var step: Result<CopyStep, any Error>?
    _ = try? self.step(words) { instruction in
      edit(&instruction)
      let ready = instruction
      step = Result { try CopyStep(ready, from: context(), in: surroundings, adding: added) }
      instruction.sources = []
    }
    return try #require(step).get()
  }

  func addedLines(_ words: String, _ edit: (inout CopyInstruction) -> Void = { _ in }) throws -> [String] {
    try add(words, AddedSources(), edit).members().map(\.line)
  }
}

@Suite("ADD takes archives apart")
struct AddTests {
  private func simple(_ tar: TarWriter) throws(Failure) {
    var header = TarHeader(.regular, path: Array("d/f".utf8))
    (header.user, header.group, header.mode, header.size) = (5, 6, 0o640, 3)
    try tar.begin(header)
    try Array("one".utf8).withUnsafeBytes { bytes in
      Result { () throws(Failure) in try tar.write(bytes) }
    }.get()
    try tar.end()
    try tar.symlink("l", to: "d/f")
  }

  @Test(
    "an archive is known by its content, whatever it is packed with",
    arguments: ["cat", "gzip", "bzip2", "xz", "zstd"])
  func packed(program: String) throws {
    let copy = try CopyScratch()
    try copy.archive("t", simple)
    try copy.scratch.shell("cd context; \(program) < t > name.txt")
    #expect(
      try copy.addedLines("name.txt /x") == [
        "x/ d 755 0:0 ", "x/d/ d 755 0:0 ", "x/d/f r 640 5:6 one", "x/l s 777 0:0 d/f",
      ])
  }

  @Test(
    "owners and modes in the archive stay; --chown is for the directory it is unpacked in, --chmod for none")
  func owners() throws {
    let copy = try CopyScratch()
    try copy.archive("t", simple)
    #expect(
      try copy.addedLines("--chown=7:8 --chmod=700 t /x/") == [
        "x/ d 755 7:8 ", "x/d/ d 755 0:0 ", "x/d/f r 640 5:6 one", "x/l s 777 0:0 d/f",
      ])
  }

  @Test("what only looks like an archive by its name is copied, and so is everything with --unpack=false")
  func copied() throws {
    let copy = try CopyScratch()
    try copy.write("no.tar.gz", text: "no")
    try copy.scratch.write("context/empty.tar", "")
    try copy.scratch.shell("cd context; printf x | gzip -n > plain.gz; head -c 1024 /dev/zero > zeros.tar")
    #expect(
      try copy.add("no.tar.gz empty.tar plain.gz zeros.tar /x/").members().map(\.path) == [
        "x/", "x/empty.tar", "x/no.tar.gz", "x/plain.gz", "x/zeros.tar",
      ])
    try copy.archive("t", simple)
    let whole = try copy.add("t /x/") { $0.unpacks = false }
    #expect(try whole.members().map(\.path) == ["x/", "x/t"])
    #expect(try copy.paths("t /x/") == ["x/", "x/t"], "COPY unpacks nothing")
    try copy.scratch.shell("cd context; mkdir d; mv t d")
    #expect(try copy.add("d /x/").members().map(\.path) == ["x/", "x/t"], "nor is anything in a directory")
  }

  @Test("archives and files go into one directory, and an archive to no file")
  func several() throws {
    let copy = try CopyScratch()
    try copy.archive("t", simple)
    try copy.write("a")
    #expect(try copy.add("a t /x/").members().map(\.path) == ["x/", "x/a", "x/d/", "x/d/f", "x/l"])
    let image = try copy.scratch.make("image")
    try copy.scratch.write("image/x", "file")
    var there = copy
    there.surroundings.view = try copy.image()
    #expect(failure { _ = try there.add("t /x") } == "/x: cannot copy to non-directory")
    _ = image
  }

  @Test(
    "a truncated archive is an error, in its plain bytes and in packed ones", arguments: ["cat", "gzip -n"])
  func truncated(program: String) throws {
    let copy = try CopyScratch()
    try copy.archive("t") { (tar) throws(Failure) in
      try tar.file("f", (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) })
    }
    try copy.scratch.shell("cd context; \(program) < t > all; head -c $(($(stat -c %s all) / 2)) all > half")
    let error = #expect(throws: Failure.self) { _ = try copy.add("half /x").members() }
    #expect(error?.kind == .invalid)
  }

  @Test("sparse files have their holes", arguments: ["gnu", "posix"])
  func sparse(format: String) throws {
    let copy = try CopyScratch()
    try copy.scratch.shell(
      "cd context; truncate -s 300000 s; printf end >> s; printf begin | dd of=s conv=notrunc status=none;"
        + "tar --format=\(format) -Scf t.tar s")
    let members = try copy.add("t.tar /x").members()
    let body = try #require(members.last).body
    #expect(body.count == 300_003)
    #expect(body.starts(with: Array("begin".utf8) + [0]))
    #expect(body.suffix(4).elementsEqual([0] + Array("end".utf8)))
  }

  @Test("the key has the archive's bytes, the place and how that is made")
  func digests() throws {
    let copy = try CopyScratch()
    try copy.archive("t", simple)
    try copy.archive("u") { (tar) throws(Failure) in
      try simple(tar)
      try tar.symlink("m", to: "d/f")
    }
    let digests = CountingDigests()
    let words = ["t /x", "t /y", "--chown=1:2 t /x", "u /x"]
    let keys = try words.map { try copy.add($0).digest(digests) }
    let whole = try copy.add("t /x/t") { $0.unpacks = false }.digest(digests)
    #expect(Set(keys + [whole]).count == words.count + 1)
    #expect(try copy.add("t /x").digest(digests) == keys[0])
  }
}
