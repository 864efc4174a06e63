import Glibc

extension FileDescriptor {
  /// All that is to be read, which the kernel or this project wrote.
  ///
  /// - Throws: EFBIG where it is more than `limit` bytes.
  public func readToEnd(limit: Int) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try read(into: buffer)
      guard count > 0 else { return bytes }
      bytes += UnsafeRawBufferPointer(rebasing: buffer[..<count])
      guard bytes.count <= limit else { throw Errno(EFBIG) }
    }
  }

  /// The text of a small file of the system.
  ///
  /// - Throws: EFBIG where it is more than 1 MiB.
  static func text(of path: String) throws(Errno) -> String {
    String(decoding: try open(path, O_RDONLY).readToEnd(limit: 1 << 20), as: UTF8.self)
  }
}
