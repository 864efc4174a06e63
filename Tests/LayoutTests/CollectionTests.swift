import Glibc
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Layout

/// A layout that is made document by document.
struct Collected {
  let scratch: Scratch
  let layout: LayoutDirectory

  init() throws {
    scratch = try Scratch()
    layout = try LayoutDirectory.openOrCreate(scratch.path("l"))
  }

  @discardableResult
  func blob(_ text: String, _ type: MediaType = .layer) throws -> Descriptor {
    let bytes = Array(text.utf8)
    let descriptor = Descriptor(mediaType: type, digest: .of(bytes), size: UInt64(bytes.count))
    try layout.store(bytes, descriptor)
    return descriptor
  }

  func document(_ json: JSON, _ type: MediaType) throws -> Descriptor {
    try blob(String(decoding: json.encoded(), as: UTF8.self), type)
  }

  /// A manifest of these layers and a configuration of its own; `others` are further members.
  func image(_ name: String, _ layers: [Descriptor], _ others: [String: JSON] = [:]) throws -> Descriptor {
    var object: JSON.Object = [
      "schemaVersion": .number("2"), "mediaType": .string(MediaType.imageManifest.rawValue),
      "config": try blob("config of \(name)", .imageConfig).json, "layers": .array(layers.map(\.json)),
    ]
    for (key, value) in others { object[key] = value }
    return try document(.object(object), .imageManifest)
  }

  func index(_ entries: [Descriptor]) throws -> Descriptor {
    try blob(String(decoding: Index(entries).raw, as: UTF8.self), .imageIndex)
  }

  func name(_ entry: Descriptor, _ name: String?) throws {
    let entry = try name.map { entry.named(try Reference(parsing: $0)) } ?? entry
    try layout.update { index throws(Failure) in index.add([entry]) }
  }

  func has(_ descriptors: Descriptor...) -> [Bool] { descriptors.map(layout.contains) }

  @discardableResult
  func collect(partialsOlderThan age: Int64 = 3600) throws -> [Digest] {
    let right = try #require(try layout.beginCollecting(waiting: false))
    var removed: [Digest] = []
    try layout.collect(with: right, partialsOlderThan: age) { removed.append($0.digest) }
    return removed
  }

  func file(_ blob: Descriptor) -> String { scratch.path("l/\(LayoutDirectory.name(of: blob))") }
}

@Suite(.timeLimit(.minutes(1))) struct CollectionTests {
  let made: Collected

  init() throws { made = try Collected() }

  @Test("what entries reach stays, what they don't goes, and is told")
  func reached() throws {
    let (shared, own, stray) = (try made.blob("shared"), try made.blob("own"), try made.blob("stray"))
    let kept = try made.image("kept", [shared])
    let gone = try made.image("gone", [shared, own])
    try made.name(kept, "kept:1")
    let expected = try made.layout.blobs(reachedBy: gone).filter { $0 != shared.digest } + [stray.digest]
    #expect(Set(try made.layout.garbage(beside: made.layout.index()).map(\.digest)) == Set(expected))
    #expect(made.has(gone, own, stray) == [true, true, true])
    #expect(Set(try made.collect()) == Set(expected))
    #expect(made.has(kept, shared, gone, own, stray) == [true, true, false, false, false])
    #expect(try made.collect() == [])
    #expect(try LayoutCheck.strays(made.scratch.path("l")) == [])
  }

  @Test("an entry without a name keeps its image")
  func dangling() throws {
    let image = try made.image("x", [try made.blob("layer")])
    try made.name(image, nil)
    #expect(try made.collect() == [])
  }

  @Test("nested indexes are followed; what they list and is missing does not matter")
  func nested() throws {
    let layer = try made.blob("layer")
    let deep = try made.image("deep", [layer])
    let missing = Descriptor(mediaType: .imageManifest, digest: .of(Array("no".utf8)), size: 2)
    let index = try made.index([missing, try made.index([deep])])
    try made.name(index, "multi:1")
    #expect(try made.collect() == [])
    #expect(made.has(index, deep, layer) == [true, true, true])
  }

  @Test("an index that leads to itself, or too deep, is no endless way")
  func deep() throws {
    var entry = try made.image("bottom", [])
    for _ in 0..<12 { entry = try made.index([entry, entry]) }
    try made.name(entry, "deep:1")
    let failure = #expect(throws: Failure.self) { try made.collect() }
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem.contains("nested too deep") == true)
  }

  @Test("a manifest that another image lists as its layer is followed all the same")
  func disguised() throws {
    let layer = try made.blob("precious")
    let image = try made.image("victim", [layer])
    var disguise = image
    disguise.mediaType = .layer
    try made.name(try made.image("attacker", [disguise]), "attacker:1")
    try made.name(image, "victim:1")
    #expect(try made.collect() == [])
    #expect(made.has(image, layer) == [true, true])
  }

  @Test("a referrer that is an entry stays; that it has a subject keeps nothing else")
  func referrers() throws {
    let subject = try made.image("subject", [try made.blob("layer")])
    let signature = try made.blob("signature")
    let referrer = try made.image("referrer", [signature], ["subject": subject.json])
    try made.name(referrer, nil)
    #expect(try made.collect().contains(subject.digest))
    #expect(made.has(referrer, signature, subject) == [true, true, false])
  }

  @Test("documents of types that are not known keep all that looks like a reference")
  func unknownTypes() throws {
    let (first, second) = (try made.blob("first"), try made.blob("second"))
    let type = MediaType(rawValue: "application/vnd.example.artifact.v9+json")
    let entry = try made.document(
      ["blobs": .array([first.json]), "deep": ["x": .array([.string(second.digest.description)])]], type)
    try made.name(entry, "artifact:1")
    #expect(try made.collect() == [])
    #expect(made.has(first, second) == [true, true])
  }

  /// How a document is damaged.
  enum Damage: String, CaseIterable {
    case missing, changed, truncated, linked

    func apply(to path: String) throws {
      let bytes = try contents(path)
      unlink(path)
      switch self {
      case .missing: break
      case .changed: try write(path, bytes.map { $0 == UInt8(ascii: "2") ? UInt8(ascii: "3") : $0 })
      case .truncated: try write(path, Array(bytes.dropLast()))
      case .linked:
        try write(path + "-elsewhere", bytes)
        symlink(path + "-elsewhere", path)
      }
    }
  }

  @Test("if it can't be known what an entry reaches, nothing is removed", arguments: Damage.allCases)
  func broken(_ damage: Damage) throws {
    let layer = try made.blob("layer")
    let image = try made.image("broken", [layer])
    let stray = try made.blob("stray")
    try made.name(image, "broken:1")
    try damage.apply(to: made.file(image))
    let failure = #expect(throws: Failure.self) { try made.collect() }
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem.hasPrefix("broken:1: ") == true)
    #expect(made.has(layer, stray) == [true, true])
    try made.layout.update { index throws(Failure) in index.remove { $0.digest == image.digest } }
    #expect(try made.collect().contains(stray.digest))
  }

  @Test("files that are no blobs are left alone")
  func strangers() throws {
    try write(made.scratch.path("l/blobs/sha256/README"), "hello")
    try FileDescriptor.makeDirectories(made.scratch.path("l/blobs/sha999/x"))
    try FileDescriptor.makeDirectories(
      made.scratch.path("l/blobs/sha256/\(String(repeating: "a", count: 64))"))
    #expect(try made.collect() == [])
    #expect(try Scratch.names(made.scratch.path("l/blobs/sha256")).count == 2)
  }

  @Test("blobs/ that is a link leads to no removal elsewhere")
  func linked() throws {
    let stray = try made.blob("stray")
    rename(made.scratch.path("l/blobs"), made.scratch.path("elsewhere"))
    symlink(made.scratch.path("elsewhere"), made.scratch.path("l/blobs"))
    #expect(throws: Failure.self) { try made.collect() }
    #expect(access(made.scratch.path("elsewhere/sha256/\(stray.digest.hex)"), F_OK) == 0)
  }

  @Test("what is listed as absent and needed by none any more is no longer listed")
  func absent() throws {
    let absent = Descriptor(mediaType: .layer, digest: .of(Array("absent".utf8)), size: 6)
    let other = Descriptor(mediaType: .layer, digest: .of(Array("other".utf8)), size: 5)
    try made.name(try made.image("thin", [absent]), "thin:1")
    try made.layout.update { index throws(Failure) in index.setAbsentBlobs([absent.digest, other.digest]) }
    try made.collect()
    #expect(try made.layout.index().absentBlobs == [absent.digest])
    try made.layout.update { index throws(Failure) in index.remove { _ in true } }
    try made.collect()
    #expect(try made.layout.index().annotations.isEmpty)
  }
}

@Suite(.timeLimit(.minutes(1))) struct CollectionBesideOthersTests {
  let made: Collected

  init() throws { made = try Collected() }

  @Test("while somebody writes nothing is collected, and nobody begins to write while somebody collects")
  func excluded() throws {
    do {
      let lease = try made.layout.beginWriting()
      #expect(try LayoutDirectory.open(made.layout.path).beginCollecting(waiting: false) == nil)
      withExtendedLifetime(lease) {}
    }
    let right = try #require(try made.layout.beginCollecting(waiting: false))
    #expect(try LayoutDirectory.open(made.layout.path).beginCollecting(waiting: false) == nil)
    let blobs = try Scratch.directory(made.scratch.path("l/blobs"))
    #expect(throws: Errno(EWOULDBLOCK)) { try blobs.lock(.shared, waiting: false) }
    withExtendedLifetime(right) {}
  }

  @Test("who waits begins when the last writer has gone")
  func waits() throws {
    let state = Monitor((waiting: false, collecting: false))
    var lease: LayoutDirectory.Lease? = try made.layout.beginWriting()
    let layout = made.layout
    let thread = try Thread {
      state.update { $0.waiting = true }
      let right = try? layout.beginCollecting(waiting: true)
      if right != nil { state.update { $0.collecting = true } }
    }
    state.wait { $0.waiting ? () : nil }
    usleep(50_000)
    #expect(state.update { $0.collecting } == false)
    withExtendedLifetime(lease) {}
    lease = nil
    thread.join()
    #expect(state.update { $0.collecting })
  }

  @Test(
    "of what was interrupted, what is old goes, and all of it where that is asked for; what is locked stays")
  func partials() throws {
    let place = made.scratch.path("l/.partial")
    try FileDescriptor.makeDirectories(place)
    for name in ["sha256-old", "sha256-new", "sha256-busy"] { try write("\(place)/\(name)", "x") }
    mkfifo("\(place)/fifo", 0o600)
    for name in ["sha256-old", "sha256-busy"] {
      var times = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
      utimes("\(place)/\(name)", &times)
    }
    let busy = try FileDescriptor.open("\(place)/sha256-busy", O_RDWR)
    try busy.lock(.exclusive)
    try made.collect(partialsOlderThan: 3600)
    #expect(try Scratch.names(place) == ["fifo", "sha256-busy", "sha256-new"])
    try made.collect(partialsOlderThan: .min)
    #expect(try Scratch.names(place) == ["fifo", "sha256-busy"])
    withExtendedLifetime(busy) {}
  }

  @Test("ten thousand blobs go in less than a second")
  func fast() throws {
    let place = try Scratch.directory(made.scratch.path("l/blobs/sha256"))
    for number in 0..<10_000 {
      let hex = Digest.of(Array("\(number)".utf8)).hex
      try place.open(hex, O_WRONLY | O_CREAT | O_EXCL, mode: 0o666).write(Array("\(number)".utf8))
    }
    let begin = Timing.now()
    #expect(try made.collect().count == 10_000)
    // Of processor time, as others may be at work: and with a debug build's patience.
    #expect(Timing.now() - begin < 1)
  }
}

/// The processor time of this process, seconds.
enum Timing {
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
