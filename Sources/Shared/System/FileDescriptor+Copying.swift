import CLinux
import Glibc

extension FileDescriptor {
  /// Makes this empty file share the blocks of `source` (FICLONE of ioctl_ficlone(2)); false where that can't be here.
  public func clone(_ source: FileDescriptor) throws(Errno) -> Bool {
    do { _ = try retrying { clinux_clone(number, source.number) } } catch {
      if [EOPNOTSUPP, EXDEV, EINVAL, ENOTTY, ENOSYS, EPERM, ETXTBSY].contains(error.rawValue) {
        return false
      }
      throw error
    }
    return true
  }

  /// Makes this empty file one of the same bytes and holes as `source`, which is a file of `size` bytes
  /// (SEEK_DATA of lseek(2), copy_file_range(2)).
  public func copyBytes(of source: FileDescriptor, size: UInt64) throws(Errno) {
    var end: UInt64 = 0
    while end < size, let data = try source.data(from: end) {
      let offset = try copyRange(data, of: source)
      if offset < data.upperBound { try copyByReading(offset..<data.upperBound, of: source) }
      end = data.upperBound
    }
    if end < size { try truncate(to: size) }
  }

  /// Has the kernel copy a run of data; up to where it did.
  private func copyRange(_ data: Range<UInt64>, of source: FileDescriptor) throws(Errno) -> UInt64 {
    var offset = data.lowerBound
    while offset < data.upperBound {
      do {
        let count = try retrying {
          clinux_copy_file_range(
            source.number, off_t(offset), number, off_t(offset), Int(data.upperBound - offset))
        }
        if count == 0 { break }
        offset += UInt64(count)
      } catch {
        if [EXDEV, EINVAL, EOPNOTSUPP, ENOSYS, EPERM].contains(error.rawValue) { break }
        throw error
      }
    }
    return offset
  }

  private func copyByReading(_ data: Range<UInt64>, of source: FileDescriptor) throws(Errno) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    var offset = data.lowerBound
    while offset < data.upperBound {
      let room = buffer.prefix(Int(min(UInt64(buffer.count), data.upperBound - offset)))
      let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: room), at: offset)
      guard count > 0 else { throw Errno(EIO) }
      try write(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)), at: offset)
      offset += UInt64(count)
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
