import Glibc
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Layout

@Suite struct LayoutDirectoryTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private var path: String { scratch.path("l") }

  private static func entry(_ number: Int) throws -> Descriptor {
    try Descriptor(mediaType: .imageManifest, digest: .of([UInt8(number)]), size: 1)
      .named(Reference(parsing: "app:\(number)"))
  }

  @Test("a new layout is made with the directories above it, and is empty")
  func creates() throws {
    let deep = scratch.path("a/b/l")
    let layout = try LayoutDirectory.openOrCreate(deep)
    #expect(try layout.index().manifests.isEmpty)
    #expect(try text("\(deep)/oci-layout") == #"{"imageLayoutVersion":"1.0.0"}"#)
    #expect(try LayoutCheck.strays(deep) == [])
    #expect(try LayoutDirectory.open(deep).index().raw == layout.index().raw)
  }

  @Test("opening what is there changes nothing")
  func reopens() throws {
    try LayoutDirectory.openOrCreate(path).update { index throws(Failure) in
      index.annotate("a", "b")
    }
    let before = try ["oci-layout", "index.json"].map {
      try Scratch.directory(path).status(of: $0).raw.st_ino
    }
    let layout = try LayoutDirectory.openOrCreate(path)
    #expect(try layout.index().annotations == ["a": "b"])
    #expect(
      try before
        == ["oci-layout", "index.json"].map { try Scratch.directory(path).status(of: $0).raw.st_ino })
  }

  @Test("what is not a layout is not found, and says so", arguments: ["missing", "file", "empty"])
  func notThere(_ name: String) throws {
    try write(scratch.path("file"), "")
    try FileDescriptor.makeDirectories(scratch.path("empty"))
    let failure = #expect(throws: Failure.self) { try LayoutDirectory.open(scratch.path(name)) }
    #expect(failure?.kind == .notFound && failure?.subject == scratch.path(name))
  }

  @Test("a file is not made into a layout")
  func fileInPlace() throws {
    try write(path, "mine")
    #expect(throws: Failure.self) { try LayoutDirectory.openOrCreate(path) }
    #expect(try text(path) == "mine")
  }

  @Test("an index.json that is nobody's layout is neither taken up nor replaced")
  func foreignIndex() throws {
    try FileDescriptor.makeDirectories(path)
    try write("\(path)/index.json", #"{"pages": []}"#)
    let failure = #expect(throws: Failure.self) { try LayoutDirectory.openOrCreate(path) }
    #expect(failure?.kind == .invalid)
    #expect(try text("\(path)/index.json") == #"{"pages": []}"#)
    #expect(throws: Failure.self) { try LayoutDirectory.open(path) }
  }

  @Test("a layout without index.json is broken to readers; writers make it whole")
  func missingIndex() throws {
    _ = try LayoutDirectory.openOrCreate(path)
    unlink("\(path)/index.json")
    let failure = #expect(throws: Failure.self) { try LayoutDirectory.open(path).index() }
    #expect(failure?.kind == .invalid && failure?.problem == "index.json is missing")
    #expect(try LayoutDirectory.openOrCreate(path).index().manifests.isEmpty)
  }

  @Test("versions 1.x are read", arguments: ["1.0.0", "1.1.0", "1.99"])
  func knownVersions(_ version: String) throws {
    _ = try LayoutDirectory.openOrCreate(path)
    try write("\(path)/oci-layout", #"{"imageLayoutVersion": "\#(version)", "other": []}"# + "\n")
    _ = try LayoutDirectory.open(path)
  }

  @Test(
    "other versions, and what is no version, are refused",
    arguments: [
      #"{"imageLayoutVersion":"2.0.0"}"#, #"{"imageLayoutVersion":"10.0.0"}"#, #"{"imageLayoutVersion":"1"}"#,
      #"{"imageLayoutVersion":1}"#, "{}", "", "[]", "1.0.0", #"{"imageLayoutVersion":"1.0.0"}x"#,
      String(repeating: " ", count: 70_000) + #"{"imageLayoutVersion":"1.0.0"}"#,
    ])
  func otherVersions(_ document: String) throws {
    _ = try LayoutDirectory.openOrCreate(path)
    try write("\(path)/oci-layout", document)
    let failure = #expect(throws: Failure.self) { try LayoutDirectory.open(path) }
    #expect(failure?.kind == .invalid && failure?.subject == path)
    #expect(throws: Failure.self) { try LayoutDirectory.openOrCreate(path) }
    #expect(try text("\(path)/oci-layout") == document)
  }

  @Test("an edit that changes nothing writes nothing")
  func equal() throws {
    let layout = try LayoutDirectory.openOrCreate(path)
    try layout.update { index throws(Failure) in index.add([try! Self.entry(1)]) }
    let before = try Scratch.directory(path).status(of: "index.json").raw.st_ino
    try layout.update { _ in }
    try layout.update { index throws(Failure) in index.add([try! Self.entry(1)]) }
    #expect(try Scratch.directory(path).status(of: "index.json").raw.st_ino == before)
    try layout.update { index throws(Failure) in index.add([try! Self.entry(2)]) }
    #expect(try Scratch.directory(path).status(of: "index.json").raw.st_ino != before)
  }

  @Test("an edit that fails writes nothing and lets go of the lock", .timeLimit(.minutes(1)))
  func failingEdit() throws {
    let layout = try LayoutDirectory.openOrCreate(path)
    #expect(throws: Failure.self) {
      try layout.update { index throws(Failure) in
        index.annotate("a", "b")
        throw Failure(.usage, "", "no")
      }
    }
    #expect(try layout.index().annotations.isEmpty)
    try layout.update(durably: false) { index throws(Failure) in index.annotate("a", "c") }
    #expect(try layout.index().annotations == ["a": "c"])
  }

  @Test("an index that readers would refuse as too large is not written")
  func largeIndex() throws {
    let layout = try LayoutDirectory.openOrCreate(path)
    let failure = #expect(throws: Failure.self) {
      try layout.update { index throws(Failure) in
        index.annotate("a", String(repeating: "x", count: JSON.sizeLimit))
      }
    }
    #expect(failure?.kind == .failed)
    #expect(try layout.index().annotations.isEmpty)
    #expect(try LayoutCheck.strays(path) == [])
  }

  @Test("edits of many threads are all kept")
  func threads() throws {
    let layout = try LayoutDirectory.openOrCreate(path)
    let threads = try (0..<8).map { number in
      let entries = try (0..<10).map { try Self.entry(number * 10 + $0) }
      return try Thread {
        for entry in entries { try? layout.update { index throws(Failure) in index.add([entry]) } }
      }
    }
    for thread in threads { thread.join() }
    #expect(try Set(layout.index().manifests.compactMap(\.imageName)).count == 80)
  }

  @Test("as long as someone writes, nobody can collect garbage")
  func lease() throws {
    let layout = try LayoutDirectory.openOrCreate(path)
    let collector = try FileDescriptor.open("\(path)/blobs", O_RDONLY | O_DIRECTORY)
    func free() -> Bool { (try? collector.lock(.exclusive, waiting: false)) != nil }
    do {
      let lease = try layout.beginWriting()
      do {
        let other = try layout.beginWriting()
        #expect(!free())
        withExtendedLifetime(other) {}
      }
      #expect(!free())
      withExtendedLifetime(lease) {}
    }
    #expect(free())
  }

  @Test("bytes from an offset on are those of the blob")
  func offsets() throws {
    let layout = try LayoutDirectory.openOrCreate(path)
    let blob = Descriptor(mediaType: .layer, digest: .of([1, 2, 3]), size: 3)
    try layout.store([1, 2, 3], blob)
    for offset in [0, 1, 3] as [UInt64] {
      let prefix = UnverifiedBytes(MemoryReader([1, 2, 3][..<Int(offset)]))
      let reader = try VerifiedReader(blob, layout.bytes(of: blob, from: offset), after: prefix)
      #expect(try reader.readAll() == Array([1, 2, 3][Int(offset)...]))
    }
    #expect(throws: Failure.self) {
      try VerifiedReader(blob, layout.bytes(of: blob, from: .max)).readAll()
    }
  }

  @Test("any changed byte of a blob is found when it is read")
  func bitFlips() throws {
    let layout = try LayoutDirectory.openOrCreate(path)
    let bytes = Array("every byte counts".utf8)
    let blob = Descriptor(mediaType: .layer, digest: .of(bytes), size: UInt64(bytes.count))
    try layout.store(bytes, blob)
    for position in bytes.indices {
      var wrong = bytes
      wrong[position] ^= 0x80
      try write("\(path)/\(LayoutDirectory.name(of: blob))", wrong)
      let failure = #expect(throws: Failure.self) {
        try VerifiedReader(blob, layout.bytes(of: blob)).readAll()
      }
      #expect(failure?.kind == .invalid)
    }
  }

  @Test(
    "a layout that may not be changed can be read; who wants to change it is denied",
    .enabled(if: Command.available("chattr"), "chattr is not installed"))
  func readOnly() throws {
    _ = try LayoutDirectory.openOrCreate(path)
    try #require(try Command.run("chattr", "+i", path, "\(path)/blobs/sha256").status == 0)
    defer { _ = try? Command.run("chattr", "-i", path, "\(path)/blobs/sha256") }
    let layout = try LayoutDirectory.open(path)
    #expect(try layout.index().manifests.isEmpty)
    let blob = Descriptor(mediaType: .layer, digest: .of([1]), size: 1)
    let failures = [
      #expect(throws: Failure.self) { try layout.store([1], blob) },
      #expect(throws: Failure.self) {
        try layout.update { index throws(Failure) in index.annotate("a", "b") }
      },
    ]
    #expect(failures.map { $0?.kind } == [.denied, .denied] && failures.allSatisfy { $0?.subject == path })
  }
}
