import Archive
import Glibc
import Image
import Overlay
import System
import Transfer
import Verification

/// Makes one digest of what is copied; contents that are not known are hashed on all processors.
final class CopyDigester: CopyOutput {
  /// A file that waits until it is its turn.
  private struct Waiting: Sendable {
    let item: CopyItem
    /// The digest of its content; nil where it has none, or it is not known yet.
    var content: Digest?
  }

  /// Limits of what waits: files, and directories that stay open for files that have to be read.
  private static let mostFiles = 1024
  private static let mostUnknown = 128

  private let contents: any ContentDigests
  private let each: (CopyStep.Entry) throws(Failure) -> Void
  private var waiting: [Waiting] = []
  private var unknown: [Int] = []
  private var hasher = ContentHasher(.sha256)

  init(
    _ contents: any ContentDigests, _ each: @escaping (CopyStep.Entry) throws(Failure) -> Void
  ) {
    self.contents = contents
    self.each = each
  }

  /// Takes the next file.
  func put(_ item: CopyItem) throws(Failure) {
    var digest: Digest?
    switch item.content {
    case .bytes(let bytes): digest = Digest.of(bytes)
    case .member(let entry, _):
      digest = contents.known(entry.status)
      if digest == nil { unknown.append(waiting.count) }
    case .file: unknown.append(waiting.count)
    case nil: break
    }
    // A directory stays open as long as a file of it waits: one that need not be read any more lets it go.
    var item = item
    if digest != nil { item.content = nil }
    waiting.append(Waiting(item: item, content: digest))
    if waiting.count >= Self.mostFiles || unknown.count >= Self.mostUnknown { try empty() }
  }

  /// The digest of all that was put in.
  func finish() throws(Failure) -> Digest {
    try empty()
    var last = ContentHasher(.sha256)
    swap(&last, &hasher)
    return last.finish()
  }

  private func empty() throws(Failure) {
    let files = unknown.map { waiting[$0].item }
    let digests = try concurrently(files) { [contents] (item) throws(Failure) in
      try Self.read(item, contents)
    }
    for (index, digest) in zip(unknown, digests) { waiting[index].content = digest }
    unknown = []
    for file in waiting {
      let entry = CopyStep.Entry(
        path: file.item.header.path, source: file.item.source, digest: Self.digest(file.item, file.content))
      try each(entry)
      var hex = entry.digest.hex
      hex.withUTF8 { hasher.update(UnsafeRawBufferPointer($0)) }
    }
    waiting.removeAll(keepingCapacity: true)
  }

  private static func read(_ item: CopyItem, _ contents: any ContentDigests) throws(Failure) -> Digest {
    let reading = try CopyReading(item)
    let digest = try contents.digest(of: reading.file, reading.status)
    try reading.finish()
    return digest
  }

  private static func digest(_ item: CopyItem, _ content: Digest?) -> Digest {
    var bytes: [UInt8] = []
    func add(_ field: [UInt8]) {
      withUnsafeBytes(of: UInt32(field.count).littleEndian) { bytes += $0 }
      bytes += field
    }
    func add(_ numbers: UInt32...) {
      for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    }
    let header = item.header
    add(header.path)
    add(
      UInt32(header.kind.rawValue), UInt32(header.mode), header.user, header.group, header.major, header.minor
    )
    add(header.target)
    add(UInt32(header.attributes.count))
    for (name, value) in header.attributes {
      add(name)
      add(value)
    }
    add(Array((content?.description ?? "").utf8))
    return Digest.of(bytes)
  }
}
