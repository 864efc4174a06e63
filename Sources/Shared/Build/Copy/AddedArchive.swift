import Archive
import Layer
import Image
import Overlay
import System
import Verification

/// A source of an ADD that is an archive, which is taken apart: a tar, plain or compressed, known by its content.
struct AddedArchive: Sendable {
  /// The file.
  let file: CopiedFile
  private let compression: Compression
  private let name: String

  /// The archive that `file` is; nil where it is none: its beginning is not that of a tar with a member.
  init?(_ file: CopiedFile) throws(Failure) {
    switch file.content {
    case .bytes: return nil
    case .member(let entry, let tree):
      guard entry.status.kind == .regular else { return nil }
      name = tree.subject(tree.path(of: entry.name))
    case .file: name = file.name.description.oneLine
    }
    self.file = file
    let reading = try Self.reading(file)
    let beginning = FileReader(
      reading.file, name, from: 0, to: UInt64(Compression.detectionLength), endsFile: false)
    compression = try beginning.next().map { Compression.detect($0) } ?? .none
    do throws(Failure) {
      if try reader(of: reading, isLenient: true).next() == nil { return nil }
    } catch { return nil }
  }

  /// The file, to be read once.
  func reading() throws(Failure) -> CopyReading { try Self.reading(file) }

  private static func reading(_ file: CopiedFile) throws(Failure) -> CopyReading {
    try CopyReading(CopyItem(header: .init(.regular, path: file.name.bytes), content: file.content))
  }

  /// The digest of its bytes.
  func digest(_ contents: any ContentDigests) throws(Failure) -> Digest {
    if case .member(let entry, _) = file.content, let known = contents.known(entry.status) {
      return known.digest
    }
    let reading = try reading()
    let digest = try contents.digest(of: reading.file, reading.status)
    try reading.finish()
    return digest
  }

  /// Its path in the build context, if it is from there.
  var contextPath: [UInt8]? {
    guard case .member(let entry, let tree) = file.content, tree.origin == .context else { return nil }
    return tree.path(of: entry.name)
  }

  /// The members.
  ///
  /// - Parameter isLenient: whether members before what is damaged are of interest.
  func reader(of reading: CopyReading, isLenient: Bool = false) -> LayerReader {
    let file = FileReader(reading.file, name, from: 0, to: reading.status.size, endsFile: false)
    let plain = Decompressor(compression, name: name, isLenient: isLenient) { () throws(Failure) in
      try file.next()
    }
    return LayerReader(name) { () throws(Failure) in try plain.next() }
  }

  /// The error that `failure`, of the member of that path, is.
  func about(_ path: [UInt8], _ failure: Failure) -> Failure {
    guard failure.subject.isEmpty else { return failure }
    var failure = failure
    failure.subject = name
    failure.problem = "\(String(decoding: path.prefix(4096), as: UTF8.self).oneLine): \(failure.problem)"
    return failure
  }
}
