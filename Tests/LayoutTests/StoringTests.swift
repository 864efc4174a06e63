import Glibc
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Layout

@Suite struct StoringTests {
  let scratch: Scratch
  let layout: LayoutDirectory

  init() throws {
    scratch = try Scratch()
    layout = try LayoutDirectory.openOrCreate(scratch.path("l"))
  }

  private func blob(_ bytes: [UInt8], _ algorithm: Digest.Algorithm = .sha256) -> Descriptor {
    Descriptor(mediaType: .layer, digest: .of(bytes, by: algorithm), size: UInt64(bytes.count))
  }

  private func path(_ blob: Descriptor) -> String { scratch.path("l/\(LayoutDirectory.name(of: blob))") }

  private func partial(_ blob: Descriptor) -> String {
    scratch.path("l/.partial/\(blob.digest.algorithm.rawValue)-\(blob.digest.hex)")
  }

  private func leave(_ bytes: some Collection<UInt8>, for blob: Descriptor) throws {
    try FileDescriptor.makeDirectories(scratch.path("l/.partial"))
    try write(partial(blob), Array(bytes))
  }

  private static let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

  /// A source that records what it is asked for.
  private final class Source {
    var offsets: [UInt64] = []
    let bytes: [UInt8]

    init(_ bytes: [UInt8] = StoringTests.bytes) { self.bytes = bytes }

    func callAsFunction(_ offset: UInt64) -> UnverifiedBytes {
      offsets.append(offset)
      return UnverifiedBytes(MemoryReader(bytes[Int(offset)...]))
    }
  }

  /// Gives some bytes, then fails.
  private final class Breaking: ByteReader {
    private let inner: MemoryReader
    init(_ bytes: some Collection<UInt8>) { inner = MemoryReader(bytes) }
    func next() throws(Failure) -> UnsafeRawBufferPointer? {
      if let bytes = inner.next() { return bytes }
      throw Failure(.unreachable, "host", "connection reset")
    }
    func expectEnd() {}
  }

  @Test("a blob is there after it was stored, whole, by its digest", arguments: Digest.Algorithm.allCases)
  func stores(_ algorithm: Digest.Algorithm) throws {
    let blob = blob(Self.bytes, algorithm)
    #expect(!layout.contains(blob))
    #expect(throws: Failure.self) { try layout.bytes(of: blob) }
    let source = Source()
    var progress: [Int] = []
    try layout.store(blob, from: source.callAsFunction, advanced: { progress.append($0) })
    #expect(layout.contains(blob))
    #expect(try contents(path(blob)) == Self.bytes)
    #expect(source.offsets == [0] && progress.reduce(0, +) == 50_000)
    #expect(try VerifiedReader(blob, layout.bytes(of: blob)).readAll() == Self.bytes)
    #expect(try Scratch.names(scratch.path("l/.partial")) == [])
  }

  @Test("a blob that is there is not asked for again")
  func present() throws {
    let blob = blob(Self.bytes)
    try layout.store(blob, from: Source().callAsFunction)
    let source = Source()
    var progress = 0
    try layout.store(blob, from: source.callAsFunction, advanced: { progress += $0 })
    #expect(source.offsets == [] && progress == 50_000)
  }

  @Test("an empty blob is stored without asking")
  func empty() throws {
    let source = Source([])
    try layout.store(blob([]), from: source.callAsFunction)
    #expect(layout.contains(blob([])) && source.offsets == [])
  }

  @Test("what came before a failure is kept, and the next run asks only for the rest")
  func resumes() throws {
    let blob = blob(Self.bytes)
    let failure = #expect(throws: Failure.self) {
      try layout.store(blob, from: { _ in UnverifiedBytes(Breaking(Self.bytes[..<12_345])) })
    }
    #expect(failure?.kind == .unreachable)
    #expect(!layout.contains(blob))
    #expect(try contents(partial(blob)) == Array(Self.bytes[..<12_345]))
    let source = Source()
    var progress: [Int] = []
    try layout.store(blob, from: source.callAsFunction, advanced: { progress.append($0) })
    #expect(source.offsets == [12_345] && progress == [12_345, 50_000 - 12_345])
    #expect(try contents(path(blob)) == Self.bytes)
  }

  @Test("nothing is kept of a failure before the first byte")
  func nothingCame() throws {
    #expect(throws: Failure.self) {
      try layout.store(blob(Self.bytes), from: { _ in UnverifiedBytes(Breaking([])) })
    }
    #expect(throws: Failure.self) {
      try layout.store(blob(Self.bytes), from: { _ throws(Failure) in throw Failure(.notFound, "x", "gone") })
    }
    #expect(try Scratch.names(scratch.path("l/.partial")) == [])
  }

  @Test("a source that can't go back is asked once from the beginning, and nothing of it is kept")
  func onePass() throws {
    let blob = blob(Self.bytes)
    #expect(throws: Failure.self) {
      try layout.store(
        blob, resuming: false,
        from: { offset in
          #expect(offset == 0)
          return UnverifiedBytes(Breaking(Self.bytes[..<12_345]))
        })
    }
    #expect(try Scratch.names(scratch.path("l/.partial")) == [])
    // What a download left is no part of it.
    try leave(Self.bytes[..<100], for: blob)
    let source = Source()
    try layout.store(blob, resuming: false, from: source.callAsFunction)
    #expect(source.offsets == [0] && layout.contains(blob))
  }

  @Test("a damaged blob of another size is replaced", arguments: [true, false])
  func damagedBlob(resuming: Bool) throws {
    let blob = blob(Self.bytes)
    try layout.store(blob, from: { _ in UnverifiedBytes(MemoryReader(Self.bytes)) })
    let path = scratch.path("l/blobs/sha256/\(blob.digest.hex)")
    try FileDescriptor.open(path, O_WRONLY).truncate(to: 5)
    #expect(!layout.contains(blob))
    try layout.store(blob, resuming: resuming, from: { _ in UnverifiedBytes(MemoryReader(Self.bytes)) })
    #expect(layout.contains(blob))
  }

  @Test("a partial that was spoilt is dropped and everything asked for once more")
  func spoiltPartial() throws {
    let blob = blob(Self.bytes)
    try leave(Self.bytes[..<1000] + [0xee], for: blob)
    let source = Source()
    var progress: [Int] = []
    try layout.store(blob, from: source.callAsFunction, advanced: { progress.append($0) })
    #expect(source.offsets == [1001, 0])
    #expect(progress.reduce(0, +) == 50_000 && progress.contains { $0 < 0 })
    #expect(try contents(path(blob)) == Self.bytes)
  }

  @Test("a partial that is whole already is verified without asking, and replaced where it is wrong")
  func wholePartial() throws {
    let blob = blob(Self.bytes)
    try leave(Self.bytes, for: blob)
    let source = Source()
    try layout.store(blob, from: source.callAsFunction)
    #expect(source.offsets == [] && layout.contains(blob))
    unlink(path(blob))
    try leave(Self.bytes.dropLast() + [0xee], for: blob)
    try layout.store(blob, from: source.callAsFunction)
    #expect(source.offsets == [0])
    #expect(try contents(path(blob)) == Self.bytes)
  }

  @Test("a partial larger than the blob is dropped")
  func largePartial() throws {
    let blob = blob(Self.bytes)
    try leave(Self.bytes + [1], for: blob)
    let source = Source()
    try layout.store(blob, from: source.callAsFunction)
    #expect(source.offsets == [0])
    #expect(try contents(path(blob)) == Self.bytes)
  }

  @Test("what is wrong is asked for at most twice, never visible and not kept", arguments: [0, 1000])
  func wrong(_ before: Int) throws {
    let blob = blob(Self.bytes)
    if before > 0 { try leave(Self.bytes[..<before], for: blob) }
    var bytes = Self.bytes
    bytes[40_000] ^= 1
    let source = Source(bytes)
    let failure = #expect(throws: Failure.self) { try layout.store(blob, from: source.callAsFunction) }
    #expect(failure?.kind == .invalid)
    #expect(source.offsets == (before > 0 ? [1000, 0] : [0]))
    #expect(!layout.contains(blob))
    #expect(try Scratch.names(scratch.path("l/.partial")) == [])
    #expect(try Scratch.names(scratch.path("l/blobs/sha256")) == [])
  }

  @Test("too many or too few bytes are an error and not kept", arguments: [49_999, 50_001])
  func wrongSize(_ size: UInt64) throws {
    let descriptor = Descriptor(mediaType: .layer, digest: .of(Self.bytes), size: size)
    let failure = #expect(throws: Failure.self) {
      try layout.store(descriptor, from: Source().callAsFunction)
    }
    #expect(failure?.kind == .invalid)
    #expect(try Scratch.names(scratch.path("l/.partial")) == [])
  }

  @Test("a descriptor's size may be any number")
  func hugeSize() throws {
    let descriptor = Descriptor(mediaType: .layer, digest: .of(Self.bytes), size: .max)
    #expect(!layout.contains(descriptor))
    let failure = #expect(throws: Failure.self) {
      try layout.store(descriptor, from: Source().callAsFunction)
    }
    #expect(failure?.kind == .invalid)
  }

  @Test("a document is stored only under its own digest")
  func documents() throws {
    try layout.store([1, 2, 3], blob([1, 2, 3]))
    #expect(layout.contains(blob([1, 2, 3])))
    let failure = #expect(throws: Failure.self) { try layout.store([1, 2, 3], blob([1, 2, 4])) }
    #expect(failure?.kind == .invalid)
  }

  @Test("a blob of the wrong size does not count as there, and is replaced")
  func truncatedBlob() throws {
    let blob = blob(Self.bytes)
    try write(path(blob), "short")
    let hold = try FileDescriptor.open(path(blob), O_RDONLY)
    #expect(!layout.contains(blob))
    let failure = #expect(throws: Failure.self) { try layout.bytes(of: blob) }
    #expect(failure?.kind == .invalid)
    try layout.store(blob, from: Source().callAsFunction)
    #expect(try contents(path(blob)) == Self.bytes)
    #expect(try hold.status().size == 5, "it is replaced, not written into: it may have other names")
  }

  @Test("who stores a blob that another stores waits for it and asks for nothing")
  func waits() throws {
    let blob = blob(Self.bytes)
    let layout = layout
    let asked = Monitor((count: 0, go: false))
    let store: @Sendable () -> Void = {
      try? layout.store(
        blob,
        from: { offset in
          asked.update { $0.count += 1 }
          asked.wait { $0.go ? () : nil }
          return UnverifiedBytes(MemoryReader(Self.bytes[Int(offset)...]))
        })
    }
    let threads = try (0..<4).map { _ in try Thread(store) }
    asked.wait { $0.count > 0 ? () : nil }
    usleep(50_000)
    asked.update { $0.go = true }
    for thread in threads { thread.join() }
    #expect(asked.update { $0.count } == 1)
    #expect(layout.contains(blob))
    #expect(try Scratch.names(scratch.path("l/.partial")) == [])
  }

  @Test("who waits for one that fails takes over where it stopped")
  func takesOver() throws {
    let blob = blob(Self.bytes)
    let layout = layout
    let state = Monitor((holding: false, go: false))
    let thread = try Thread {
      try? layout.store(
        blob,
        from: { _ in
          state.update { $0.holding = true }
          state.wait { $0.go ? () : nil }
          return UnverifiedBytes(Breaking(Self.bytes[..<20_000]))
        })
    }
    state.wait { $0.holding ? () : nil }
    let offsets = Monitor<[UInt64]>([])
    let second = try Thread {
      try? layout.store(
        blob,
        from: { offset in
          offsets.update { $0.append(offset) }
          return UnverifiedBytes(MemoryReader(Self.bytes[Int(offset)...]))
        })
    }
    usleep(50_000)
    state.update { $0.go = true }
    thread.join()
    second.join()
    #expect(offsets.update { $0 } == [20_000])
    #expect(layout.contains(blob))
  }
}
