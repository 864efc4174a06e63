import Glibc
import System

// Files of all kinds but directories and hard links.

extension LayerUnpacker {
  /// In what the disk is used up.
  private static let block: UInt64 = 4096

  /// Says that `blocks` of the disk will be needed.
  func spend(_ blocks: UInt64) throws(Failure) {
    let (bytes, overflow) = blocks.multipliedReportingOverflow(by: Self.block)
    try limits.spend(overflow ? .max : bytes)
  }

  /// Makes something under a name that is free or, where it is not, made so.
  func make<Made>(
    _ name: FileName, in parent: Place, _ call: (FileDescriptor) throws(Errno) -> Made
  ) throws(Failure) -> Made {
    let descriptor = try check { () throws(Errno) in try table.descriptor(parent) }
    do { return try call(descriptor) } catch {
      guard error.rawValue == EEXIST else { return try check { () throws(Errno) in throw error } }
    }
    try remove(name, in: parent)
    return try check { () throws(Errno) in try call(descriptor) }
  }

  func putFile(
    _ entry: LayerEntry, _ name: FileName, in parent: Place, _ body: LayerReader
  ) throws(Failure) {
    try spend(Self.blocks(entry))
    let mode = diskMode(entry.mode)
    let file = try make(name, in: parent) { directory throws(Errno) in
      try directory.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: mode & 0o777)
    }
    if let extents = entry.extents {
      try write(body, to: file, at: extents, size: entry.size)
    } else {
      while let piece = try body.nextPiece() { try check { () throws(Errno) in try file.write(piece) } }
    }
    try dress(file, as: entry, mode: mode)
  }

  private func write(
    _ body: LayerReader, to file: FileDescriptor, at extents: [SparseExtent], size: UInt64
  ) throws(Failure) {
    // The size first: whether the file system has so large ones shows before anything is written.
    try check { () throws(Errno) in try file.truncate(to: size) }
    var extents = extents.makeIterator()
    var extent = SparseExtent(offset: 0, count: 0)
    while var piece = try body.nextPiece() {
      while !piece.isEmpty {
        if extent.count == 0 {
          guard let next = extents.next() else { throw Failure(.invalid, "", "more bytes than its map has") }
          extent = next
        }
        let part = UnsafeRawBufferPointer(rebasing: piece.prefix(Int(min(extent.count, UInt64(piece.count)))))
        try check { () throws(Errno) in try file.write(part, at: extent.offset) }
        extent.offset += UInt64(part.count)
        extent.count -= UInt64(part.count)
        piece = UnsafeRawBufferPointer(rebasing: piece[part.count...])
      }
    }
  }

  /// The blocks that the bytes of a file take: of many far-apart ones, many more than there are bytes.
  private static func blocks(_ entry: LayerEntry) -> UInt64 {
    guard let extents = entry.extents else { return entry.size / block + (entry.size % block > 0 ? 1 : 0) }
    var blocks: UInt64 = 0
    var next: UInt64 = 0
    for extent in extents where extent.count > 0 {
      let first = max(next, extent.offset / block)
      next = (extent.offset + extent.count - 1) / block + 1
      blocks += next - min(first, next)
    }
    return blocks
  }

  func putSymlink(_ entry: LayerEntry, _ name: FileName, in parent: Place) throws(Failure) {
    guard !entry.target.isEmpty, entry.target.count <= LayerPath.longest else {
      throw Failure(.invalid, "", "a link to a name of \(entry.target.count) bytes")
    }
    let target = try FileName(checked: entry.target)
    // Shorter ones have room in the inode, of whatever file system.
    if entry.target.count >= 60 { try spend(1) }
    try make(name, in: parent) { directory throws(Errno) in try directory.makeSymlink(name, to: target) }
    try dress(name, in: parent, as: entry)
  }

  func putNode(_ entry: LayerEntry, _ name: FileName, in parent: Place) throws(Failure) {
    let kind: mode_t
    switch entry.kind {
    case .fifo: kind = S_IFIFO
    case .blockDevice: kind = S_IFBLK
    default: kind = S_IFCHR
    }
    // Overlayfs's whiteout: a layer that speaks its language would hide files that no image-spec whiteout names.
    if kind == S_IFCHR, entry.major == 0, entry.minor == 0 { throw Failure(.invalid, "", "a device 0:0") }
    // The kernel has 12 and 20 bits for them.
    guard entry.major < 1 << 12, entry.minor < 1 << 20 else {
      throw Failure(.invalid, "", "a device \(entry.major):\(entry.minor)")
    }
    let device = kind == S_IFIFO ? 0 : FileStatus.device(major: entry.major, minor: entry.minor)
    do throws(Failure) {
      try make(name, in: parent) { directory throws(Errno) in
        try directory.makeNode(name, mode: kind | 0o600, device: device)
      }
    } catch {
      guard error.errno == Errno(EPERM), kind != S_IFIFO else { throw error }
      // What this layer has had under that name is not what the image has there. No whiteout, though one would hide
      // what is below: in a directory that no other layer has, overlayfs lists it.
      let descriptor = try check { () throws(Errno) in try table.descriptor(parent) }
      if try status(of: name, in: descriptor) != nil { try remove(name, in: parent) }
      return
    }
    try dress(name, in: parent, as: entry)
  }
}
