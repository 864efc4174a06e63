import Archive
import Glibc
import Image
import Overlay
import System

/// A member of the layer that a COPY makes, before anything of its content was read.
struct CopyItem: Sendable {
  /// What it is; a regular file's size and a link's target are in it.
  var header: TarHeader
  /// What the content is, of a regular file, unless it need not be read.
  var content: CopiedFile.Content?
  /// The digest of the content, where it is known.
  var digest: Digest?
  /// The path in the build context, if it is from there.
  var source: [UInt8]?
}

/// Gets what is copied, file by file.
protocol CopyOutput: AnyObject {
  /// Takes the next one.
  func put(_ item: CopyItem) throws(Failure)

  /// Is told of a directory of the build context whose names were read.
  func list(_ directory: [UInt8])

  /// What is known of a regular file, which then is not read.
  func known(_ status: FileStatus) -> KnownFile?
}

/// How copied files look: owners, permissions and times.
struct CopyAppearance {
  /// `--chown`.
  var owner: (user: UInt32, group: UInt32)?
  /// `--chmod`.
  var mode: FileMode?
  /// The time of directories that are made on the way, seconds since 1970.
  var now: Int64
  /// SOURCE_DATE_EPOCH: what is later gets this time.
  var latest: Int64?

  /// The header of a directory that has no model.
  func madeDirectory(_ path: [UInt8], time: Int64?) -> TarHeader {
    var header = TarHeader(.directory, path: path + [UInt8(ascii: "/")])
    (header.user, header.group) = owner ?? (0, 0)
    header.modified = clamped(time ?? now)
    return header
  }

  /// The header of a directory that stays what it is.
  func keptDirectory(_ path: [UInt8], _ directory: OverlayDirectory) throws(Errno) -> TarHeader {
    let status = try directory.places[0].status()
    var header = TarHeader(.directory, path: path + [UInt8(ascii: "/")])
    header.mode = UInt16(status.raw.st_mode & 0o7777)
    (header.user, header.group) = (status.raw.st_uid, status.raw.st_gid)
    header.modified = clamped(Int64(status.raw.st_mtim.tv_sec))
    try header.set(directory.places[0].plainAttributes())
    return header
  }

  /// The header of a copied file of a tree; its size where it is a regular one.
  ///
  /// Times are whole seconds, as in all of Docker's layers.
  ///
  /// - Parameter isPlain: whether it is known to have no attributes that are copied.
  func header(
    _ path: [UInt8], _ entry: OverlayEntry, from origin: FileTree.Origin, isPlain: Bool = false
  ) throws(Errno) -> TarHeader {
    let status = entry.status
    let kind = TarHeader.Kind(status.kind)
    var header = TarHeader(kind, path: kind == .directory ? path + [UInt8(ascii: "/")] : path)
    if kind != .symlink {
      let mode = UInt16(status.raw.st_mode & 0o7777)
      header.mode = self.mode?.applied(to: mode, isDirectory: kind == .directory) ?? mode
    }
    (header.user, header.group) =
      owner ?? (origin == .image ? (status.raw.st_uid, status.raw.st_gid) : (0, 0))
    header.modified = clamped(Int64(status.raw.st_mtim.tv_sec))
    if kind == .characterDevice || kind == .blockDevice {
      (header.major, header.minor) = (status.major, status.minor)
    }
    if kind == .regular { header.size = status.size }
    if isPlain { return header }
    try header.set(entry.plainAttributes().filter { origin == .image || Self.belongs($0.name) })
    return header
  }

  /// The header of a file that was made for the copy.
  func header(_ path: [UInt8], size: UInt64, of file: CopiedFile) -> TarHeader {
    var header = TarHeader(.regular, path: path)
    header.size = size
    let mode = file.mode ?? 0o644
    header.mode = self.mode?.applied(to: mode, isDirectory: false) ?? mode
    (header.user, header.group) = owner ?? (0, 0)
    header.modified = clamped(file.modified ?? now)
    return header
  }

  func clamped(_ time: Int64) -> Int64 { latest.map { min($0, time) } ?? time }

  /// Whether an attribute of a file of the host is the file's own, and not the host's: labels and access lists name
  /// what there is on this machine.
  static func belongs(_ name: FileName) -> Bool {
    name.bytes.starts(with: "user.".utf8) || name == FileName("security.capability")
  }
}

extension TarHeader {
  /// Sets the extended attributes, in the order of their names.
  mutating func set(_ attributes: [OverlayAttribute]) throws(Errno) {
    self.attributes = []
    for attribute in attributes.sorted(by: { $0.name < $1.name }) {
      // A pax record ends its key at the first `=`.
      if attribute.name.bytes.contains(UInt8(ascii: "=")) { throw Errno(EINVAL) }
      self.attributes.append((attribute.name.bytes, attribute.value))
    }
  }
}

extension TarHeader.Kind {
  /// The kind of member that says what such a file is; sockets have none.
  init(_ kind: FileStatus.Kind) {
    self =
      switch kind {
      case .directory: .directory
      case .symlink: .symlink
      case .characterDevice: .characterDevice
      case .blockDevice: .blockDevice
      case .fifo: .fifo
      case .regular, .socket: .regular
      }
  }
}
