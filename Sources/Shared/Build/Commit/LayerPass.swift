import Image
import Layer
import LayerStore
import Layout
import Overlay
import System
import Transfer
import Unpack
import Verification

/// The one pass of a new layer's plain tar: each piece goes to SHA-256, to the compressor and, if wanted, to what
/// unpacks it, each of which has a thread.
final class LayerPass: Sendable {
  /// What came of it.
  struct Outcome: Sendable {
    /// The digest of the plain tar.
    var diffID: DiffID?
    /// The blob, which has no name yet.
    var staged: StagedBlob?
    /// Whether the tree holds something of the layers below.
    var isDependent = false
  }

  private enum Job {
    case hash
    case pack
    case unpack(FileDescriptor)
  }

  private typealias Input = () throws(Failure) -> UnsafeRawBufferPointer?

  private let writer: LayerWriter
  private let below: [StoredLayer]
  private let name: String
  private let jobs: [Job]
  private let fan: PieceFan
  private let outcome = Monitor(Outcome())

  /// A layer on top of `below`, called `name` in errors; `tree` is where it is unpacked to.
  init(_ writer: LayerWriter, on below: [StoredLayer], into tree: FileDescriptor?, name: String) {
    self.writer = writer
    self.below = below
    self.name = name
    // The digest of a plain blob is the other one.
    jobs = (writer.packing == .plain ? [] : [.hash]) + [.pack] + (tree.map { [.unpack($0)] } ?? [])
    fan = PieceFan(readers: jobs.count)
  }

  /// Stops it: it fails within a piece.
  func stop() { fan.fail(Failure(.failed, "", "stopped")) }

  /// Passes on what `produce` gives, to its end.
  func run(
    _ produce: (@escaping (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) -> Void
  ) throws(Failure) -> Outcome {
    var threads: [Thread] = []
    do throws(Failure) {
      for reader in jobs.indices {
        do throws(Errno) {
          threads.append(
            try Thread { [self] in
              do throws(Failure) { try work(reader) } catch { fan.fail(error) }
            })
        } catch { throw error.failure("thread") }
      }
      try produce { [fan] (bytes) throws(Failure) in try fan.write(bytes) }
      try fan.end()
    } catch { fan.fail(error) }
    for thread in threads { thread.join() }
    if let failure = fan.failure { throw failure }
    return outcome.update { $0 }
  }

  private func work(_ reader: Int) throws(Failure) {
    let input: Input = { [fan] () throws(Failure) in try fan.next(reader) }
    switch jobs[reader] {
    case .hash:
      var hasher = ContentHasher(.sha256)
      while let piece = try input() { hasher.update(piece) }
      let diffID = DiffID(hasher.finish())
      outcome.update { $0.diffID = diffID }
    case .pack: try pack(input)
    case .unpack(let tree): try unpack(input, into: tree)
    }
  }

  private func pack(_ input: @escaping Input) throws(Failure) {
    let packed = ClosureReader(try writer.packing.packer(input))
    let staged = try writer.layout.stage(UnverifiedBytes(packed), expecting: 0)
    outcome.update { outcome in
      outcome.staged = staged
      if writer.packing == .plain { outcome.diffID = DiffID(staged.digest) }
    }
  }

  private func unpack(_ input: @escaping Input, into tree: FileDescriptor) throws(Failure) {
    let (dialect, owners) = writer.form.marks
    let unpacker = try LayerUnpacker(into: tree, name: name, dialect: dialect, owners: owners) {
      [self] () throws(Failure) in
      outcome.update { $0.isDependent = true }
      return try writer.merged(below, name)
    }
    try unpacker.unpack(LayerReader(name, input: input))
  }
}
