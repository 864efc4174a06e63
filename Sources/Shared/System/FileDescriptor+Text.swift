extension FileDescriptor {
  /// The rest of a small file of the system, at most 1 MiB of it.
  func text() throws(Errno) -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while text.count < 1 << 20 {
      let result = buffer.withUnsafeMutableBytes { bytes -> Result<Int, Errno> in
        do throws(Errno) { return .success(try read(into: bytes)) } catch { return .failure(error) }
      }
      let count = try result.get()
      if count == 0 { break }
      text += buffer[..<count]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
