import Archive
import Overlay
import System

extension CopyStep {
  /// Writes the layer: the directories on the way, as they are or as they are made, all that is copied, and then what
  /// is in archives.
  ///
  /// Nothing at all, where there is nothing to copy; the end of the archive is left to the caller.
  ///
  /// - Throws: `failed` where a file changes while it is read.
  func write(to tar: TarWriter) throws(Failure) {
    if file == nil, contents.isEmpty { return }
    for step in destination.steps { try tar.member(header(step.path, step.directory)) }
    if !contents.isEmpty, !destination.path.isEmpty {
      try tar.member(header(destination.path, destination.directory, time: modified()))
    }
    try walk(CopyTarOutput(tar))
    let unpacking = AddUnpacking(tar, into: destination.path, onto: destination.directory, appearance)
    for case .archive(let archive) in contents { try unpacking.unpack(archive) }
  }

  private func header(
    _ path: [UInt8], _ directory: OverlayDirectory?, time: Int64? = nil
  ) throws(Failure) -> TarHeader {
    guard let directory else { return appearance.madeDirectory(path, time: time) }
    do throws(Errno) { return try appearance.keptDirectory(path, directory) } catch {
      throw error.failure("/" + String(decoding: path, as: UTF8.self).oneLine)
    }
  }

  /// When the last directory was written whose content is copied: the time of the one that is made for it.
  private func modified() throws(Failure) -> Int64? {
    for case .copies(let parts) in contents.reversed() {
      for part in parts.reversed() {
        guard case .directory(let tree) = part.content else { continue }
        do throws(Errno) { return Int64(try tree.directory.places[0].status().raw.st_mtim.tv_sec) } catch {
          throw error.failure(tree.subject(tree.path))
        }
      }
    }
    return nil
  }
}

/// Writes what is copied to a tar.
private final class CopyTarOutput: CopyOutput {
  private let tar: TarWriter
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)

  init(_ tar: TarWriter) { self.tar = tar }

  deinit { buffer.deallocate() }

  func known(_ status: FileStatus) -> KnownFile? { nil }

  func list(_ directory: [UInt8]) {}

  func put(_ item: CopyItem) throws(Failure) {
    guard item.header.kind == .regular, let content = item.content else { return try tar.member(item.header) }
    try tar.begin(item.header)
    if case .bytes(let bytes) = content {
      try bytes.withUnsafeBytes { bytes in Result { () throws(Failure) in try tar.write(bytes) } }.get()
    } else {
      try copy(CopyReading(item), item.header.size)
    }
    try tar.end()
  }

  private func copy(_ reading: CopyReading, _ size: UInt64) throws(Failure) {
    var offset: UInt64 = 0
    while offset < size {
      let room = UnsafeMutableRawBufferPointer(
        rebasing: buffer.prefix(Int(clamping: min(UInt64(buffer.count), size - offset))))
      let count: Int
      do throws(Errno) { count = try reading.file.read(into: room, at: offset) } catch {
        throw reading.failed(error)
      }
      guard count > 0 else { throw reading.changed }
      try tar.write(UnsafeRawBufferPointer(rebasing: room.prefix(count)))
      offset += UInt64(count)
    }
    try reading.finish()
  }
}
