import Archive
import Glibc
import Image
import LayerStore
import Overlay
import System
import TestSupport
import Testing
import Transfer

@testable import Build

@Suite struct CommitTests {
  /// A directory, a file of a megabyte that is not all the same, a link.
  static func produce(_ tar: TarWriter) throws(Failure) {
    try tar.directory("dir")
    try tar.file("dir/large", (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
    try tar.symlink("link", to: "dir/large")
    try tar.file("small", Array("small\n".utf8))
  }

  @Test(
    "a layer is a blob and a tree of the same tar",
    arguments: [
      ("none", "cat", MediaType.layer), ("gzip", "gzip -dc", .layerGzip), ("gzip:6", "gzip -dc", .layerGzip),
      ("zstd", "zstd -dc", .layerZstd),
    ])
  func layer(_ packing: String, _ command: String, _ type: MediaType) throws {
    guard requireRoot(), requireTool("zstd") else { return }
    let room = try CommitScratch(LayerPacking(parsing: packing))
    let (layer, tree) = try room.write(Self.produce)
    #expect(layer.blob.mediaType == type)
    let blob = "images/blobs/sha256/\(layer.blob.digest.hex)"
    #expect(try room.scratch.shell("sha256sum < \(blob)").hasPrefix(layer.blob.digest.hex))
    #expect(
      try room.scratch.shell("\(command) < \(blob) | sha256sum").hasPrefix(layer.id.diffID.digest.hex))
    #expect(try room.scratch.shell("stat -c %s \(blob)") == "\(layer.blob.size)\n")
    try room.scratch.shell("mkdir x; \(command) < \(blob) | tar xp -C x")
    #expect(try room.listing("x") == room.listing(tree.path))
    #expect(try room.store.find(layer.id, CommitScratch.form)?.path == tree.path)
    #expect(tree.place == "trusted/sha256-\(layer.id.diffID.digest.hex)")
    #expect(try room.remains == [layer.blob.digest.hex])
    let source = try layer.source.open(layer.blob)
    while try source.next() != nil {}
  }

  @Test("the same members give the same layer, in whatever pieces they come")
  func reproducible() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch()
    let one = try room.write { (tar) throws(Failure) in
      try tar.begin("file", size: 900_000)
      let bytes = [UInt8](repeating: 7, count: 900_000)
      for start in stride(from: 0, to: bytes.count, by: 999) {
        let part = Array(bytes[start..<min(bytes.count, start + 999)])
        try part.withUnsafeBytes { part in Result { () throws(Failure) in try tar.write(part) } }.get()
      }
      try tar.end()
    }
    let other = try room.write { (tar) throws(Failure) in
      try tar.file("file", [UInt8](repeating: 7, count: 900_000))
    }
    #expect(one.layer.blob == other.layer.blob && one.tree.path == other.tree.path)
    #expect(try room.remains == [one.layer.blob.digest.hex])
  }

  @Test("a layer knows what it lies on")
  func chain() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch()
    let base = try room.write(Self.produce)
    let top = try room.write(on: [base.tree]) { (tar) throws(Failure) in try tar.file("a", []) }
    let ids = LayerID.chain(of: [base.layer.id.diffID, top.layer.id.diffID])
    #expect(ids == [base.layer.id, top.layer.id] && ids == [base.tree.id, top.tree.id])
  }

  @Test("a layer that takes the attributes of a directory below is kept for its place")
  func dependent() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch()
    let base = try room.write { (tar) throws(Failure) in
      var header = TarHeader(.directory, path: Array("dir/".utf8))
      header.mode = 0o711
      try tar.member(header)
    }
    let top = try room.write(on: [base.tree]) { (tar) throws(Failure) in try tar.file("dir/a", []) }
    #expect(top.tree.place == "trusted/chain-sha256-\(top.layer.id.chainID.hex)")
    #expect(try Scratch.directory("\(top.tree.path)/dir").status().raw.st_mode & 0o7777 == 0o711)
  }

  @Test("times after SOURCE_DATE_EPOCH are clamped, in the tar and in the tree")
  func clamped() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch(.plain, latest: 1000)
    let (layer, tree) = try room.write { (tar) throws(Failure) in
      for (name, time) in [("a/", 999), ("a/old", 10), ("a/new", 2000)] as [(String, Int64)] {
        var header = TarHeader(name.hasSuffix("/") ? .directory : .regular, path: Array(name.utf8))
        header.modified = time
        header.nanoseconds = 5
        try tar.member(header)
      }
    }
    let expected = "a 999.0000000050\na/new 1000.0000000000\na/old 10.0000000050\n"
    #expect(try room.scratch.shell("cd \(tree.path); find a -printf '%p %T@\\n' | sort") == expected)
    try room.scratch.shell("mkdir x; tar xpf images/blobs/sha256/\(layer.blob.digest.hex) -C x")
    #expect(try room.scratch.shell("cd x; find a -printf '%p %T@\\n' | sort") == expected)
  }

  /// Ways in which a producer is wrong.
  enum Fault: CaseIterable {
    case failing
    case lostLink
    case shortBody

    func produce(_ tar: TarWriter) throws(Failure) {
      try CommitTests.produce(tar)
      switch self {
      case .failing: throw Failure(.notFound, "src", "gone")
      case .lostLink:
        var header = TarHeader(.hardlink, path: Array("new".utf8))
        header.target = Array("nothing".utf8)
        try tar.member(header)
      case .shortBody:
        try tar.begin("a", size: 10)
        try tar.end()
      }
    }
  }

  @Test("what fails leaves nothing", arguments: Fault.allCases)
  func failures(_ fault: Fault) throws {
    guard requireRoot() else { return }
    let room = try CommitScratch()
    let failure = #expect(throws: Failure.self) { try room.write(fault.produce) }
    #expect(failure?.kind == (fault == .failing ? .notFound : .invalid))
    #expect(try room.remains == [])
  }

  @Test("an interruption ends a layer that would never end, and leaves nothing")
  func interrupted() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch()
    let writer = room.writer
    let thread = try Thread {
      usleep(100_000)
      writer.interrupt()
    }
    #expect(throws: Failure.self) {
      try room.write { (tar) throws(Failure) in
        let bytes = [UInt8](repeating: 1, count: 1 << 20)
        for number in 0... { try tar.file("\(number)", bytes) }
      }
    }
    thread.join()
    #expect(try room.remains == [])
    #expect(throws: Failure.self) { try room.write(Self.produce) }
  }

  @Test("layers are made by several threads at once")
  func threads() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch()
    let writer = room.writer
    let made = Monitor<Set<String>>([])
    var threads: [Thread] = []
    for number in 0..<8 {
      threads.append(
        try Thread {
          let result = try? writer.write(on: [], name: "COPY") { (tar) throws(Failure) in
            try tar.file("file", [UInt8](repeating: UInt8(number), count: 2_000_000))
          }
          made.update { _ = $0.insert(result?.tree.path ?? "") }
        })
    }
    for thread in threads { thread.join() }
    #expect(made.update { $0.count } == 8)
    #expect(try Scratch.names(room.scratch.path("store/trusted/.new")) == [])
  }
}
