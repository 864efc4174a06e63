import Glibc

/// The names in a directory, one after the other, as the kernel gives them (readdir(3)).
final class DirectoryStream {
  private let stream: OpaquePointer

  /// A stream of its own: it shares neither descriptor nor position with `directory`.
  init(of directory: FileDescriptor) throws(Errno) {
    let copy = try retrying { openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let stream = fdopendir(copy) else {
      let error = Errno.current
      close(copy)
      throw error
    }
    self.stream = stream
  }

  deinit { closedir(stream) }

  /// The next name but `.` and `..`, and of what kind it is where the file system says it (`d_type`); nil at the end.
  func next() throws(Errno) -> (name: FileName, kind: FileStatus.Kind?)? {
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw Errno.current }
        return nil
      }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { FileName($0.prefix { $0 != 0 }) }
      guard let name = bytes, name != FileName("."), name != FileName("..") else { continue }
      let type = mode_t(entry.pointee.d_type) << 12
      return (name, type == 0 ? nil : FileStatus.Kind(mode: type))
    }
  }

  /// Begins anew, with what is there by then.
  func rewind() { rewinddir(stream) }
}
