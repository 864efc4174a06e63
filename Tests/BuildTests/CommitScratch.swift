import Archive
import Glibc
import Image
import Layer
import LayerStore
import Layout
import Overlay
import System
import TestSupport
import Testing
import Transfer
import Verification

@testable import Build

/// A layer store and a layout of a test, and what makes layers in them.
final class CommitScratch {
  let scratch: Scratch
  let store: LayerCache
  let layout: LayoutDirectory
  let writer: LayerWriter
  static let form = LayerForm.tree(.trusted, .mapped(.identity))

  init(_ packing: LayerPacking = .compressed(.gzip), latest: Int64? = nil) throws {
    scratch = try Scratch()
    store = try LayerCache(scratch.path("store"))
    layout = try LayoutDirectory.openOrCreate(scratch.path("images"))
    writer = LayerWriter(store, Self.form, layout: layout, packing: packing, latest: latest)
  }

  /// Makes a layer of these members.
  @discardableResult
  func write(
    on below: [StoredLayer] = [], _ produce: (TarWriter) throws(Failure) -> Void
  ) throws -> LayerWriter.Made {
    try writer.write(on: below, name: "COPY", produce)
  }

  /// Runs shell commands in an overlay on top of `below`, and makes a layer of what they change.
  func run(
    on below: [StoredLayer], _ commands: String
  ) throws -> LayerWriter.Made {
    let place = try store.beginMount()
    let upper = try place.makeTemporaryUpper(on: below.last)
    _ = try scratch.make("mnt")
    let options = try LayerChain(below, in: store).options(.absolute, upper: upper)
    try scratch.shell("mount -t overlay overlay -o '\(options)' mnt; (cd mnt; \(commands)); umount mnt")
    defer { try? place.remove() }
    return try writer.adopt(upper, of: place, on: below, name: "RUN")
  }

  /// Makes a layer's tree of the plain tar at `path`; its path.
  func unpacked(_ path: String) throws -> String {
    let draft = try store.beginDraft(Self.form)
    let file = try FileDescriptor.open(path, O_RDONLY)
    let reader = FileReader(file, path, from: 0, to: try file.status().size, endsFile: true)
    let unpacker = try LayerUnpacker(into: draft.tree(), name: path, dialect: .trusted, owners: .mapped) {
      () throws(Failure) in nil
    }
    try unpacker.unpack(LayerReader(path) { () throws(Failure) in try reader.next() })
    let digest = try Digest.of(contents(path))
    let id = LayerID(diffID: DiffID(digest), chainID: digest)
    return try store.publish(draft, as: id, durably: false).path
  }

  /// All files of a tree, with what can be seen of each; times of the root left out.
  func listing(_ path: String, times: Bool = true) throws -> String {
    let time = times ? " %T@" : ""
    return try scratch.shell(
      """
      cd '\(path)'; find . ! -path . -printf '%P %y %m %U:%G %s %l\(time)\\n' | sort | sed -E 's/^([^ ]+ d [^ ]+ [^ ]+) [0-9]+/\\1/'
      find . -type f | sort | xargs -r sha256sum; getfattr -Rhd -m '^user|^security|opaque' . 2>/dev/null
      """)
  }

  /// What lies about that nothing names.
  var remains: [String] {
    get throws {
      var names: [String] = []
      for place in ["store/trusted/.new", "images/blobs/sha256", "images/.partial"] {
        names += (try? Scratch.names(scratch.path(place))) ?? []
      }
      return names
    }
  }
}
