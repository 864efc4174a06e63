import CLinux
import Glibc

extension FileDescriptor {
  /// Makes this empty file one of the same bytes and holes as `source`, which is a file of `size` bytes
  /// (SEEK_DATA of lseek(2)).
  public func copyBytes(of source: FileDescriptor, size: UInt64) throws(Errno) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    try truncate(to: size)
    var offset: UInt64 = 0
    while let data = try source.data(from: offset) {
      offset = data.lowerBound
      while offset < data.upperBound {
        let room = buffer.prefix(Int(min(UInt64(buffer.count), data.upperBound - offset)))
        let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: room), at: offset)
        guard count > 0 else { throw Errno(EIO) }
        try write(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)), at: offset)
        offset += UInt64(count)
      }
    }
  }

  /// The first run of data from `offset` on; nil where only a hole is left.
  private func data(from offset: UInt64) throws(Errno) -> Range<UInt64>? {
    do throws(Errno) {
      let start = try retrying { lseek(number, off_t(clamping: offset), clinux_SEEK_DATA) }
      let end = try retrying { lseek(number, start, clinux_SEEK_HOLE) }
      return UInt64(start)..<UInt64(end)
    } catch {
      if error.rawValue == ENXIO { return nil }
      throw error
    }
  }
}
