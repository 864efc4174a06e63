import Archive
import Glibc
import Image
import Overlay
import System
import Transfer
import Verification

/// Makes one digest of what is copied; contents that are not known are hashed on all processors.
final class CopyDigester: CopyOutput {
  /// Limits of what waits: files, and directories that stay open for files that have to be read.
  private static let mostFiles = 1024
  private static let mostUnknown = 128

  private let contents: any ContentDigests
  private let listed: ([UInt8]) -> Void
  private let each: (CopyStep.Entry) throws(Failure) -> Void
  /// What waits until it is its turn.
  private var waiting: [CopyItem] = []
  private var unknown: [Int] = []
  private var hasher = ContentHasher(.sha256)

  init(
    _ contents: any ContentDigests, _ each: @escaping (CopyStep.Entry) throws(Failure) -> Void,
    listed: @escaping ([UInt8]) -> Void = { _ in }
  ) {
    self.contents = contents
    self.each = each
    self.listed = listed
  }

  /// Passes it on.
  func list(_ directory: [UInt8]) { listed(directory) }

  /// What is known of a regular file.
  func known(_ status: FileStatus) -> KnownFile? { contents.known(status) }

  /// Takes the next file.
  func put(_ item: CopyItem) throws(Failure) {
    var item = item
    // A directory stays open as long as a file of it waits that has to be read.
    switch item.content {
    case .bytes(let bytes): (item.digest, item.content) = (Digest.of(bytes), nil)
    case .member, .file: unknown.append(waiting.count)
    case nil: break
    }
    waiting.append(item)
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
    let digests = try concurrently(unknown.map { waiting[$0] }) { [contents] (item) throws(Failure) in
      try Self.read(item, contents)
    }
    for (index, digest) in zip(unknown, digests) { waiting[index].digest = digest }
    unknown = []
    for item in waiting {
      let digest = Self.digest(item)
      try each(CopyStep.Entry(path: item.header.path, source: item.source, digest: digest))
      var hex = digest.hex
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

  private static func digest(_ item: CopyItem) -> Digest {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(item.header.path.count + 128)
    func add(_ field: [UInt8]) {
      withUnsafeBytes(of: UInt32(field.count).littleEndian) { bytes += $0 }
      bytes += field
    }
    func add(_ number: UInt32) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    let header = item.header
    add(header.path)
    add(UInt32(header.kind.rawValue))
    add(UInt32(header.mode))
    add(header.user)
    add(header.group)
    add(header.major)
    add(header.minor)
    add(header.target)
    add(UInt32(header.attributes.count))
    for (name, value) in header.attributes {
      add(name)
      add(value)
    }
    add(Array((item.digest?.description ?? "").utf8))
    return Digest.of(bytes)
  }
}
