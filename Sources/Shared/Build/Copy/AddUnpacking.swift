import Archive
import Layer
import Overlay
import System

/// Writes the members of archives as members of a layer: below the destination, whatever their names are.
///
/// Owners, permissions and times are those of the archive, `--chown` and `--chmod` are for what is copied (BuildKit).
/// A body passes through; a sparse one is written with its holes.
final class AddUnpacking {
  private let tar: TarWriter
  private let appearance: CopyAppearance
  private let tree: AddedTree

  /// The longest name, and the largest number of a device that a tar's header holds.
  private static let longestName = 255
  private static let largestDevice: UInt32 = 0o7_777_777
  private static let zeros = [UInt8](repeating: 0, count: 64 << 10)

  /// A writer to `tar`, of members below a directory that `view` is in.
  init(
    _ tar: TarWriter, into path: [UInt8], onto view: OverlayDirectory?, _ appearance: CopyAppearance
  ) {
    self.tar = tar
    self.appearance = appearance
    // Parents that an archive does not name are root's, 0755, whatever is said of copies.
    let plain = CopyAppearance(now: appearance.now, latest: appearance.latest)
    tree = AddedTree(path, view) { (path, directory) throws(Failure) in
      guard let directory else { return try tar.member(plain.madeDirectory(path, time: nil)) }
      let header: TarHeader
      do throws(Errno) { header = try plain.keptDirectory(path, directory) } catch {
        throw error.failure("/" + String(decoding: path, as: UTF8.self).oneLine)
      }
      try tar.member(header)
    }
  }

  /// Writes all members of an archive.
  ///
  /// - Throws: `invalid` where it is damaged or holds what no file can be; `failed` where it changes meanwhile.
  func unpack(_ archive: AddedArchive) throws(Failure) {
    let reading = try archive.reading()
    let reader = archive.reader(of: reading)
    while let entry = try reader.next() {
      do throws(Failure) { try put(entry, reader) } catch { throw archive.about(entry.path, error) }
    }
    try reading.finish()
  }

  private func put(_ entry: LayerEntry, _ body: LayerReader) throws(Failure) {
    let names = try Self.names(entry.path)
    guard let name = names.last else {
      // The destination itself stays as it is.
      guard entry.kind == .directory else { throw Self.wrong("the place it is unpacked in is a directory") }
      return
    }
    let place = try tree.directory(names.dropLast())
    var header = try header(entry, place.path(of: name))
    switch entry.kind {
    case .directory: try tree.putDirectory(name, in: place)
    case .symlink: try tree.putFile(name, in: place, target: entry.target)
    case .hardlink:
      guard let target = try tree.file(Self.names(entry.target)) else {
        throw Self.wrong("a hard link to what is not before it in the archive")
      }
      if target == header.path { return }
      header.target = target
      try tree.putFile(name, in: place)
    default: try tree.putFile(name, in: place)
    }
    guard entry.kind == .regular else { return try tar.member(header) }
    try tar.begin(header)
    try copy(entry, body)
    try tar.end()
  }

  /// The names of a path from the destination, which is its root: `..` is worked out in the text.
  private static func names(_ path: [UInt8]) throws(Failure) -> [FileName] {
    guard path.count < 4096 else { throw wrong("a name of \(path.count) bytes; no path may be so long") }
    var names: [FileName] = []
    for part in path.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
      if part.elementsEqual("..".utf8) {
        _ = names.popLast()
        continue
      }
      guard part.count <= longestName else {
        throw wrong("a name of \(part.count) bytes; no file's may be so long")
      }
      guard let name = FileName(part) else { throw wrong("a zero in a name") }
      if part.starts(with: ".wh.".utf8) {
        throw Failure(.failed, "", "a layer can't hold a file of that name: it would be a whiteout")
      }
      names.append(name)
    }
    return names
  }

  private static func wrong(_ problem: String) -> Failure { Failure(.invalid, "", problem) }
}

extension AddUnpacking {
  private func header(_ entry: LayerEntry, _ path: [UInt8]) throws(Failure) -> TarHeader {
    let kind = TarHeader.Kind(entry.kind)
    var header = TarHeader(kind, path: kind == .directory ? path + [UInt8(ascii: "/")] : path)
    guard let user = UInt32(exactly: entry.user), let group = UInt32(exactly: entry.group) else {
      throw Self.wrong("no owner can have that number")
    }
    (header.mode, header.user, header.group) = (entry.mode, user, group)
    header.modified = appearance.clamped(entry.modified)
    switch entry.kind {
    case .regular: header.size = entry.size
    case .characterDevice, .blockDevice:
      guard max(entry.major, entry.minor) <= Self.largestDevice else {
        throw Self.wrong("no device can have that number")
      }
      (header.major, header.minor) = (entry.major, entry.minor)
    case .symlink:
      guard !entry.target.isEmpty, !entry.target.contains(0) else {
        throw Self.wrong("no link can have that target")
      }
      header.target = entry.target
    case .hardlink: return header
    case .directory, .fifo: break
    }
    for attribute in entry.attributes.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
      let name = attribute.name
      guard !name.isEmpty, !name.contains(0), !name.contains(UInt8(ascii: "=")) else {
        throw Self.wrong("no extended attribute can have that name")
      }
      if !OverlayDialect.owns(name) { header.attributes.append((name, attribute.value)) }
    }
    return header
  }

  private func copy(_ entry: LayerEntry, _ body: LayerReader) throws(Failure) {
    guard let extents = entry.extents else {
      while let piece = try body.nextPiece() { try tar.write(piece) }
      return
    }
    var rest = UnsafeRawBufferPointer(start: nil, count: 0)
    var offset: UInt64 = 0
    for extent in extents {
      try fill(extent.offset - offset)
      var missing = extent.count
      while missing > 0 {
        if rest.isEmpty {
          guard let piece = try body.nextPiece() else { throw Self.wrong("a sparse file is cut off") }
          rest = piece
        }
        let count = Int(clamping: min(UInt64(rest.count), missing))
        try tar.write(UnsafeRawBufferPointer(rebasing: rest[..<count]))
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        missing -= UInt64(count)
      }
      offset = extent.offset + extent.count
    }
    try fill(entry.size - offset)
  }

  private func fill(_ count: UInt64) throws(Failure) {
    var count = count
    while count > 0 {
      let part = Int(clamping: min(count, UInt64(Self.zeros.count)))
      try Self.zeros.withUnsafeBytes { (bytes) -> Result<Void, Failure> in
        do throws(Failure) {
          return .success(try tar.write(UnsafeRawBufferPointer(rebasing: bytes[..<part])))
        } catch { return .failure(error) }
      }.get()
      count -= UInt64(part)
    }
  }
}

extension TarHeader.Kind {
  /// The kind of the member that it is a copy of.
  fileprivate init(_ kind: LayerEntry.Kind) {
    self =
      switch kind {
      case .regular: .regular
      case .hardlink: .hardlink
      case .symlink: .symlink
      case .characterDevice: .characterDevice
      case .blockDevice: .blockDevice
      case .directory: .directory
      case .fifo: .fifo
      }
  }
}
