import Glibc
import Image
import System
import TestSupport
import Testing

@testable import Build

@Suite struct CacheFileTests {
  let room: CacheScratch

  init() throws { room = try CacheScratch() }

  /// Writes a file whose times are long ago, as far as a test can: ctime can't be set, so it is waited for.
  private func make(_ name: String, _ text: String) throws -> FileDescriptor {
    let path = try room.scratch.write(name, text)
    var times = [timespec(tv_sec: 1_000_000, tv_nsec: 1), timespec(tv_sec: 1_000_000, tv_nsec: 1)]
    #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
    return try FileDescriptor.open(path, O_RDONLY)
  }

  private func digests() throws -> FileDigests {
    FileDigests(in: room.cache.directory, path: room.cache.path)
  }

  @Test("a digest is that of the content, and known from then on without opening the file")
  func known() throws {
    let file = try make("a", "hello")
    usleep(60_000)
    let digests = try digests()
    #expect(digests.known(try file.status()) == nil)
    let digest = try digests.digest(of: file, file.status(), name: "a")
    #expect(digest == .of(Array("hello".utf8)))
    #expect(digests.known(try file.status())?.digest == digest)
    #expect(try self.digests().known(file.status()) == nil)

    try digests.save()
    #expect(try self.digests().known(file.status())?.digest == digest)
  }

  @Test("a change shows by any of size, time and another file in its place")
  func changed() throws {
    let file = try make("a", "hello")
    usleep(60_000)
    let digests = try digests()
    _ = try digests.digest(of: file, file.status(), name: "a")
    try write(room.scratch.path("a"), "HELLO")
    #expect(digests.known(try file.status()) == nil)
    #expect(try digests.digest(of: file, file.status(), name: "a") == .of(Array("HELLO".utf8)))
    // As long ago as before, by utimes(2): only ctime tells.
    let other = try make("a", "hullo")
    #expect(digests.known(try other.status()) == nil)
  }

  @Test("attributes that are copied are known of, too: setting one shows")
  func attributes() throws {
    let file = try make("a", "hello")
    usleep(60_000)
    let digests = try digests()
    _ = try digests.digest(of: file, file.status(), name: "a")
    #expect(digests.known(try file.status())?.isPlain == true)
    try file.setExtendedAttribute(FileName("user.a"), to: [1])
    #expect(digests.known(try file.status()) == nil)
    usleep(60_000)
    _ = try digests.digest(of: file, file.status(), name: "a")
    #expect(digests.known(try file.status())?.isPlain == false)
    try digests.save()
    #expect(try self.digests().known(file.status())?.isPlain == false)
  }

  @Test("a file that was changed just now is not remembered")
  func racy() throws {
    let digests = try digests()
    for round in 0..<20 {
      let file = try make("a", "\(round % 10)")
      let digest = try digests.digest(of: file, file.status(), name: "a")
      #expect(digest == .of(Array("\(round % 10)".utf8)))
    }
    let file = try make("b", "x")
    _ = try digests.digest(of: file, file.status(), name: "b")
    #expect(digests.known(try file.status()) == nil)
  }

  @Test("two builds that save at once keep what both know, the later of one file")
  func merging() throws {
    let files = try (0..<100).map { try make("f\($0)", "\($0)") }
    usleep(60_000)
    let (one, other) = (try digests(), try digests())
    for (number, file) in files.enumerated() {
      if number < 60 { _ = try one.digest(of: file, file.status(), name: "") }
      if number >= 40 { _ = try other.digest(of: file, file.status(), name: "") }
    }
    try one.save()
    try other.save()
    let third = try digests()
    for (number, file) in files.enumerated() {
      #expect(third.known(try file.status())?.digest == .of(Array("\(number)".utf8)))
    }
    let table = "\(room.cache.path)/files"
    #expect(try contents(table).count == 32 + 100 * MemoryLayout<FileEntry>.stride)
    // Nothing new: nothing is written.
    let before = try FileDescriptor.open(table, O_RDONLY).status().raw.st_ino
    try third.save()
    #expect(try FileDescriptor.open(table, O_RDONLY).status().raw.st_ino == before)
  }

  @Test("of a damaged table what is whole counts, and nothing else is ever told")
  func damaged() throws {
    let files = try (0..<5).map { try make("f\($0)", "\($0)") }
    usleep(60_000)
    let digests = try digests()
    for file in files { _ = try digests.digest(of: file, file.status(), name: "") }
    try digests.save()
    let path = "\(room.cache.path)/files"
    let bytes = try contents(path)
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0x40
      try write(path, damaged)
      let read = try self.digests()
      for (number, file) in files.enumerated() {
        let digest = read.known(try file.status())?.digest
        #expect(digest == nil || digest == .of(Array("\(number)".utf8)))
      }
    }
    for length in [0, 10, 31, 32, 100, bytes.count - 1, bytes.count - 96] {
      try write(path, Array(bytes[..<length]))
      let read = try self.digests()
      for (number, file) in files.enumerated() {
        let digest = read.known(try file.status())?.digest
        #expect(digest == nil || digest == .of(Array("\(number)".utf8)))
      }
    }
  }

  @Test("a table of 100,000 files is looked up in no time")
  func speed() throws {
    let status = try room.scratch.directory.status()
    var entries: [FileEntry] = []
    for number in 0..<100_000 {
      var entry = FileEntry(status, used: 0)
      entry.inode = UInt64(number)
      entry.known = KnownFile(digest: .of([]), isPlain: true)
      entries.append(entry)
    }
    try FileTable.write(entries, to: "\(room.cache.path)/files")
    let clock = ContinuousClock()
    let digests = try digests()
    let time = clock.measure { _ = digests.known(status) }
    // 30 ms are wanted of a release build on a quiet machine; this one may be neither.
    #expect(time < .milliseconds(300))
  }
}

@Suite struct CacheContentsTests {
  private func listing(_ files: [String: String]) -> ContentListing {
    ContentListing(files.map { (Array($0.key.utf8), Digest.of(Array($0.value.utf8))) })
  }

  @Test(
    "the first difference is said",
    arguments: [
      (["a": "1", "b": "1"], ["a": "1", "b": "1"], nil),
      (["a": "1", "b": "1"], ["a": "1", "b": "2"], "b changed"),
      (["a": "1"], ["a": "1", "b": "1"], "b is new"), (["a": "1", "b": "1"], ["b": "1"], "a is gone"),
      (["a": "1", "c": "1"], ["a": "1", "b": "1", "c": "2"], "b is new"),
      ([:], ["a\nb": "1"], "a\\u{a}b is new"),
    ] as [([String: String], [String: String], String?)])
  func differences(_ one: [String: String], _ other: [String: String], _ said: String?) {
    #expect(listing(one).difference(to: listing(other)) == said)
  }

  @Test("a listing is kept at its place, and read as it was written")
  func kept() throws {
    let room = try CacheScratch()
    let cache = room.cache
    let key = StepKey(after: nil, ["COPY"])
    #expect(cache.contents(at: key) == nil)
    for files in [[:], ["a": "1"], ["a b": "1", "c\n": "2"]] {
      try cache.write(listing(files), at: key)
      let read = try #require(cache.contents(at: key))
      #expect(read.difference(to: listing(files)) == nil)
      #expect(read.difference(to: listing(files.merging(["z": "9"]) { $1 })) == "z is new")
    }
  }

  @Test("of more files than are kept, nothing is said that is not known")
  func cut() {
    let many = (0..<30_000).map { (Array("\($0 + 100_000)".utf8), Digest.of([])) }
    let one = ContentListing(many)
    let other = ContentListing(Array(many.dropLast()))
    #expect(one.difference(to: other) == nil && other.difference(to: one) == nil)
    #expect(one.difference(to: ContentListing(Array(many.dropFirst()))) == "100000 is gone")
  }

  @Test("a damaged listing is none")
  func damaged() {
    let bytes = listing(["a": "1", "b": "2"]).document
    for length in 0..<bytes.count where bytes[..<length].last != 0 {
      if let read = ContentListing(Array(bytes[..<length])) { #expect(read.document.count <= length) }
    }
    #expect(ContentListing(Array("x".utf8) + bytes) == nil)
  }
}
