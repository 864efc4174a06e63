import Glibc
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Layout

/// Layouts that a stranger made to hang, fill or mislead their reader.
///
/// Each answer is one failure, at once.
@Suite(.timeLimit(.minutes(1))) struct HostileLayoutTests {
  let scratch: Scratch
  let blob = Descriptor(mediaType: .layer, digest: .of([1, 2, 3]), size: 3)

  init() throws {
    scratch = try Scratch()
    let layout = try LayoutDirectory.openOrCreate(scratch.path("l"))
    try layout.store([1, 2, 3], blob)
    try FileDescriptor.makeDirectories(scratch.path("l/.partial"))
  }

  private var path: String { scratch.path("l") }
  private var blobPath: String { "\(path)/\(LayoutDirectory.name(of: blob))" }

  /// What may lie where a regular file is expected.
  enum Obstacle: CaseIterable {
    case fifo
    case directory
    case socket
    case device
    case zeroes
    case symlinkOut
    case symlinkInside
    case danglingSymlink
    case symlinkLoop

    func make(_ path: String) throws {
      try? Scratch.remove(path)
      switch self {
      case .fifo: mkfifo(path, 0o666)
      case .directory: mkdir(path, 0o777)
      case .socket: mknod(path, S_IFSOCK | 0o666, 0)
      // /dev/zero itself, as root could have unpacked it.
      case .device: mknod(path, S_IFCHR | 0o666, makedev(1, 5))
      case .zeroes: symlink("/dev/zero", path)
      case .symlinkOut: symlink("/etc/passwd", path)
      case .symlinkInside: symlink("oci-layout", path)
      case .danglingSymlink: symlink("nowhere", path)
      case .symlinkLoop: symlink(path, path)
      }
    }

    private func makedev(_ major: dev_t, _ minor: dev_t) -> dev_t { major << 8 | minor }
  }

  @Test("anything but a regular file as oci-layout is refused", arguments: Obstacle.allCases)
  func version(_ obstacle: Obstacle) throws {
    try obstacle.make("\(path)/oci-layout")
    let failure = #expect(throws: Failure.self) { try LayoutDirectory.open(path) }
    #expect(failure?.kind == .invalid && failure?.subject == path)
    #expect(throws: Failure.self) { try LayoutDirectory.openOrCreate(path) }
  }

  @Test(
    "anything but a regular file as index.json is refused, and not replaced", arguments: Obstacle.allCases)
  func index(_ obstacle: Obstacle) throws {
    try obstacle.make("\(path)/index.json")
    let before = try Scratch.directory(path).status(of: "index.json").raw.st_ino
    let layout = try LayoutDirectory.openOrCreate(path)
    let failure = #expect(throws: Failure.self) { try layout.index() }
    #expect(failure?.kind == .invalid && failure?.subject == path)
    #expect(throws: Failure.self) { try layout.update { index throws(Failure) in index.annotate("a", "b") } }
    #expect(try Scratch.directory(path).status(of: "index.json").raw.st_ino == before)
  }

  @Test("anything but a regular file as a blob is not read", arguments: Obstacle.allCases)
  func blob(_ obstacle: Obstacle) throws {
    try obstacle.make(blobPath)
    let layout = try LayoutDirectory.open(path)
    #expect(!layout.contains(blob))
    let failure = #expect(throws: Failure.self) { try layout.bytes(of: blob) }
    #expect(failure?.kind == .invalid && failure?.subject == path)
  }

  @Test("anything but a regular file as a partial is not written into", arguments: Obstacle.allCases)
  func partial(_ obstacle: Obstacle) throws {
    unlink(blobPath)
    try obstacle.make("\(path)/.partial/sha256-\(blob.digest.hex)")
    let layout = try LayoutDirectory.open(path)
    let failure = #expect(throws: Failure.self) {
      try layout.store(blob, from: { _ in UnverifiedBytes(MemoryReader([1, 2, 3])) })
    }
    #expect(failure?.subject == path)
    #expect(!layout.contains(blob))
    #expect(access("\(path)/.partial/nowhere", F_OK) != 0)
  }

  @Test(
    "what lies where index.json is written does not matter, or stops the update", arguments: Obstacle.allCases
  )
  func newIndex(_ obstacle: Obstacle) throws {
    try obstacle.make("\(path)/.index.json.new")
    let layout = try LayoutDirectory.open(path)
    do throws(Failure) {
      try layout.update { index throws(Failure) in index.annotate("a", "b") }
      #expect(try! layout.index().annotations == ["a": "b"])
    } catch {
      #expect(obstacle == .directory && error.subject == path)
    }
    #expect(try LayoutCheck.strays(path) == (obstacle == .directory ? [".index.json.new"] : []))
  }

  @Test(
    "a directory of the layout that links elsewhere is neither read nor written through",
    arguments: ["blobs", "blobs/sha256", ".partial"])
  func linkedDirectories(_ name: String) throws {
    let elsewhere = scratch.path("elsewhere")
    try #require(rename("\(path)/\(name)", elsewhere) == 0)
    symlink(elsewhere, "\(path)/\(name)")
    let layout = try LayoutDirectory.openOrCreate(path)
    if name != ".partial" {
      #expect(!layout.contains(blob))
      #expect(throws: Failure.self) { try layout.bytes(of: blob) }
    }
    let other = Descriptor(mediaType: .layer, digest: .of([4]), size: 1)
    let before = try Scratch.names(elsewhere)
    let failure = #expect(throws: Failure.self) { try layout.store([4], other) }
    #expect(failure?.kind == .invalid && failure?.subject == path)
    #expect(try Scratch.names(elsewhere) == before)
    #expect(!layout.contains(other))
  }

  @Test("an endless or huge index.json is not read into memory")
  func hugeIndex() throws {
    let file = try FileDescriptor.open("\(path)/index.json", O_WRONLY)
    for size in [UInt64(JSON.sizeLimit) + 1, 300 << 20, 1 << 40] {
      try file.truncate(to: size)
      let failure = #expect(throws: Failure.self) { try LayoutDirectory.open(path).index() }
      #expect(failure?.kind == .invalid)
    }
  }

  @Test(
    "an index.json that is no index is refused",
    arguments: [
      "", "{", "[]", "{}", "null", #"{"schemaVersion":2}"#, #"{"schemaVersion":2,"manifests":{}}"#,
      #"{"schemaVersion":2,"manifests":[{}]}"#, #"{"schemaVersion":1,"manifests":[]}"#,
      #"{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:../../../etc/passwd","size":1}]}"#,
      #"{"schemaVersion":2,"manifests":[],"manifests":[]}"#,
      #"{"schemaVersion":2,"manifests":[],"layers":[]}"#,
      String(repeating: "[", count: 100_000),
    ])
  func wrongIndex(_ document: String) throws {
    try write("\(path)/index.json", document)
    let layout = try LayoutDirectory.openOrCreate(path)
    let failure = #expect(throws: Failure.self) { try layout.index() }
    #expect(failure?.kind == .invalid && failure?.subject == path)
    #expect(failure?.problem.hasPrefix("index.json") == true)
    #expect(throws: Failure.self) { try layout.update { index throws(Failure) in index.annotate("a", "b") } }
    #expect(try text("\(path)/index.json") == document)
  }

  @Test("a blob that grows or shrinks while it is read is an error")
  func changing() throws {
    let bytes = [UInt8](repeating: 7, count: 3_000_000)
    let blob = Descriptor(mediaType: .layer, digest: .of(bytes), size: UInt64(bytes.count))
    for size in [2_000_000, 3_000_001] as [UInt64] {
      let layout = try LayoutDirectory.open(path)
      try layout.store(bytes, blob)
      let reader = try VerifiedReader(blob, layout.bytes(of: blob))
      _ = try reader.next()
      let name = "\(path)/\(LayoutDirectory.name(of: blob))"
      try FileDescriptor.open(name, O_WRONLY).truncate(to: size)
      #expect(throws: Failure.self) { try reader.readAll() }
    }
  }
}
