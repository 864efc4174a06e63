import Archive
import Glibc
import Overlay
import System

/// Writes what an overlay's upper directory changes as a layer's tar (image-spec, layer.md).
///
/// The same directory gives the same bytes: names go by their bytes, a directory comes before what is in it, whiteouts
/// and opaque markers say nothing but their names. Directories that overlayfs made only to hold what changed are
/// members, too; the root is one where it does not look like the one below. What was renamed is written out whole,
/// of which overlayfs only kept where it had been (`redirect`, `metacopy`). Sockets are left out, as everywhere.
///
/// Holes are written as zeros: GNU's sparse members are unknown to tar-split, by which docker keeps its layers, and
/// cost next to nothing once compressed.
public final class LayerDifference {
  /// A file, wherever its names are.
  private struct Identity: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  /// How far it has come in a directory.
  private struct Level {
    /// The length of its path.
    let length: Int
    /// Whether all that is in it is written, not only what changed.
    let isWhole: Bool
    /// The names that are still to come, the next one last.
    var names: [FileName]
  }

  private let dialect: OverlayDialect
  private let below: OverlayDirectory?
  private let name: String
  private let tar: TarWriter
  /// The path of the file at hand.
  private var path: [UInt8] = []
  /// Under which name a file with several was written, and how many are still to come.
  private var links: [Identity: (path: [UInt8], missing: nlink_t)] = [:]
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)

  deinit { buffer.deallocate() }

  /// Writes the tar of `upper`, whose owners are those of this process's user namespace.
  ///
  /// - Parameters:
  ///   - upper: the directory, which nobody changes meanwhile.
  ///   - below: what was below it when it was changed; nil where nothing was.
  ///   - name: what the user calls it.
  ///   - latest: SOURCE_DATE_EPOCH: files written later get this time.
  ///   - output: gets the tar, piece by piece, each valid during the call only.
  /// - Throws: `failed` where a file can't be said in a tar: one called like a whiteout; what `output` throws.
  public static func write(
    _ upper: FileDescriptor, dialect: OverlayDialect, on below: OverlayDirectory?, name: String,
    clampedTo latest: Int64? = nil, output: @escaping (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let tar = TarWriter(name: name, output: output)
    tar.latest = latest
    try LayerDifference(dialect, below, name, tar).write(upper)
    try tar.finish()
  }

  private init(
    _ dialect: OverlayDialect, _ below: OverlayDirectory?, _ name: String, _ tar: TarWriter
  ) {
    self.dialect = dialect
    self.below = below
    self.name = name
    self.tar = tar
  }

  private func write(_ upper: FileDescriptor) throws(Failure) {
    let view = try check { () throws(Errno) in
      try OverlayDirectory(upper: upper, on: below, dialect: dialect)
    }
    let root = try header(upper)
    var isSame = false
    if let lower = below?.places.first {
      let other = try header(lower)
      isSame =
        root.mode == other.mode && root.user == other.user && root.group == other.group
        && root.attributes.elementsEqual(other.attributes) { $0 == $1 }
    }
    if !isSame { try tar.member(root) }
    let isAnew = try isAnew(upper)
    if isAnew { try marker(Array(".wh..wh..opq".utf8)) }
    try writeContent(of: view, whole: isAnew)
  }

  /// Writes what changed in a directory or, where it is none that is below, all that is in it.
  ///
  /// Without recursion, and with few directories open, however deep it is.
  private func writeContent(of root: OverlayDirectory, whole: Bool) throws(Failure) {
    var way = OpenWay(root) { [self] (name, view) throws(Failure) in
      try check { () throws(Errno) in try view.directory(name) }
    }
    var levels = [try level(root, whole)]
    while let last = levels.indices.last {
      path.removeSubrange(levels[last].length...)
      guard let name = levels[last].names.popLast() else {
        levels.removeLast()
        way.leave()
        continue
      }
      let (isWhole, view) = (levels[last].isWhole, try way.last())
      guard let entry = try entry(name, of: view) else {
        if !isWhole { try marker(path + ".wh.".utf8 + name.bytes) }
        continue
      }
      name.append(to: &path)
      switch entry.status.kind {
      case .directory:
        guard let below = try check({ () throws(Errno) in try view.directory(name) }) else { continue }
        levels.append(try level(below, writeDirectory(below.places[0], isWhole)))
        way.enter(name, below)
      case .socket: break
      default: try writeFile(entry, of: view)
      }
    }
  }

  private func level(_ view: OverlayDirectory, _ isWhole: Bool) throws(Failure) -> Level {
    let names = try check { () throws(Errno) in
      isWhole ? try view.names() : try view.places[0].listing().map(\.name)
    }
    return Level(length: path.count, isWhole: isWhole, names: names.reversed())
  }

  private func entry(_ name: FileName, of view: OverlayDirectory) throws(Failure) -> OverlayEntry? {
    if name.bytes.starts(with: ".wh.".utf8) {
      name.append(to: &path)
      throw Failure(.failed, subject, "a layer can't hold a file of that name: it would be a whiteout")
    }
    return try check { () throws(Errno) in try view.entry(name) }
  }

  /// Writes a directory of the upper one itself; whether all that is in it is to be written.
  private func writeDirectory(_ upper: FileDescriptor, _ whole: Bool) throws(Failure) -> Bool {
    path.append(UInt8(ascii: "/"))
    try tar.member(header(upper))
    let isAnew = whole ? false : try isAnew(upper)
    if isAnew { try marker(path + ".wh..wh..opq".utf8) }
    return whole || isAnew
  }

  /// Whether a directory of the upper one is not what is below under its name.
  private func isAnew(_ directory: FileDescriptor) throws(Failure) -> Bool {
    let mark = try check { () throws(Errno) in try directory.extendedAttribute(dialect.opaque) }
    let isOpaque = mark == [UInt8(ascii: "y")]
    let redirect = try check { () throws(Errno) in try directory.extendedAttribute(dialect.redirect) }
    let isRedirected = redirect != nil && dialect == .trusted
    if isRedirected, !isOpaque, below == nil {
      throw Failure(.failed, subject, "it was renamed, and what it was below is not known")
    }
    return isOpaque || isRedirected
  }

  /// Writes a whiteout or an opaque marker.
  private func marker(_ path: [UInt8]) throws(Failure) {
    try tar.member(TarHeader(.regular, path: path))
  }
}

extension LayerDifference {
  private func writeFile(_ entry: OverlayEntry, of view: OverlayDirectory) throws(Failure) {
    var header = try check { () throws(Errno) in try self.header(entry.status, entry.plainAttributes()) }
    let status = entry.status.raw
    if status.st_nlink > 1 {
      let identity = Identity(device: status.st_dev, inode: status.st_ino)
      if let first = links[identity] {
        links[identity] = first.missing > 1 ? (first.path, first.missing - 1) : nil
        header.kind = .hardlink
        header.target = first.path
        header.attributes = []
        return try tar.member(header)
      }
      links[identity] = (path, status.st_nlink - 1)
    }
    switch entry.status.kind {
    case .symlink:
      header.target = try check { () throws(Errno) in try entry.place.target(of: entry.name) }.bytes
      try tar.member(header)
    case .regular: try writeBody(header, of: entry, in: view)
    default: try tar.member(header)
    }
  }

  private func writeBody(
    _ header: TarHeader, of entry: OverlayEntry, in view: OverlayDirectory
  ) throws(Failure) {
    var header = header
    header.size = entry.status.size
    let file = try check { () throws(Errno) in try view.open(entry) }
    try tar.begin(header)
    var offset: UInt64 = 0
    while offset < header.size {
      let room = UnsafeMutableRawBufferPointer(
        rebasing: buffer.prefix(Int(clamping: min(UInt64(buffer.count), header.size - offset))))
      let count = try check { () throws(Errno) in try file.read(into: room, at: offset) }
      guard count > 0 else { throw Failure(.failed, subject, "it became shorter while it was read") }
      try tar.write(UnsafeRawBufferPointer(rebasing: room.prefix(count)))
      offset += UInt64(count)
    }
    try tar.end()
  }

  private func header(_ directory: FileDescriptor) throws(Failure) -> TarHeader {
    try check { () throws(Errno) in
      try self.header(directory.status(), directory.plainAttributes())
    }
  }

  /// The header of the file at hand, without a target and a size.
  private func header(
    _ status: FileStatus, _ attributes: [OverlayAttribute]
  ) throws(Errno) -> TarHeader {
    let kind: TarHeader.Kind =
      switch status.kind {
      case .directory: .directory
      case .symlink: .symlink
      case .characterDevice: .characterDevice
      case .blockDevice: .blockDevice
      case .fifo: .fifo
      case .regular, .socket: .regular
      }
    var header = TarHeader(kind, path: path.isEmpty ? Array("./".utf8) : path)
    header.mode = UInt16(status.raw.st_mode & 0o7777)
    header.user = status.raw.st_uid
    header.group = status.raw.st_gid
    header.modified = Int64(status.raw.st_mtim.tv_sec)
    header.nanoseconds = UInt32(status.raw.st_mtim.tv_nsec)
    if kind == .characterDevice || kind == .blockDevice {
      (header.major, header.minor) = (status.major, status.minor)
    }
    for attribute in attributes.sorted(by: { $0.name < $1.name }) {
      // A pax record ends its key at the first `=`.
      if attribute.name.bytes.contains(UInt8(ascii: "=")) { throw Errno(EINVAL) }
      header.attributes.append((attribute.name.bytes, attribute.value))
    }
    return header
  }

  /// Runs `call`; its error is about the file at hand.
  private func check<Result>(_ call: () throws(Errno) -> Result) throws(Failure) -> Result {
    do { return try call() } catch { throw error.failure(subject) }
  }

  private var subject: String {
    (path.isEmpty ? name : "\(name)/\(String(decoding: path, as: UTF8.self))").oneLine
  }
}
