import System

extension FileDescriptor {
  /// The whole of a regular file of at most `limit` bytes; nil where it is something else, or larger.
  func regularContent(limit: Int) throws(Errno) -> [UInt8]? {
    let status = try status()
    guard status.kind == .regular, status.size <= UInt64(limit) else { return nil }
    let bytes = try content(upTo: limit + 1, expecting: Int(status.size))
    return bytes.count <= limit ? bytes : nil
  }

  /// What can be read, at most `limit` bytes.
  ///
  /// - Parameter size: how much there probably is.
  func content(upTo limit: Int, expecting size: Int = 0) throws(Errno) -> [UInt8] {
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, min(max(size + 1, 4096), 1 << 16, limit)), alignment: 8)
    defer { piece.deallocate() }
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let room = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, limit - bytes.count)])
      let count = try read(into: room)
      if count == 0 { break }
      bytes.append(contentsOf: room[..<count])
    }
    return bytes
  }
}
