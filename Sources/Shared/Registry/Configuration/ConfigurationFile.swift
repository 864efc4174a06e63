import Glibc
import System

/// The small files that configuration is read from.
enum ConfigurationFile {
  /// The most bytes such a file may have.
  static let limit = 1 << 20

  /// The bytes of the file at `path`; nil where there is none.
  static func contents(of path: String) throws(Failure) -> [UInt8]? {
    guard let (file, size) = try open(path) else { return nil }
    // One more than it should have, to see that it does not grow.
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var count = 0
    while count < bytes.count {
      let filled = count
      let result = bytes.withUnsafeMutableBytes { (raw) -> Result<Int, Errno> in
        do throws(Errno) {
          return .success(try file.read(into: UnsafeMutableRawBufferPointer(rebasing: raw[filled...])))
        } catch { return .failure(error) }
      }
      switch result {
      case .failure(let error): throw error.failure(path)
      case .success(0):
        bytes.removeLast(bytes.count - count)
        return bytes
      case .success(let more): count += more
      }
    }
    throw Failure(.failed, path, "is being written to; try again")
  }

  /// Whether a file is there that can be read as configuration.
  static func exists(_ path: String) throws(Failure) -> Bool { try open(path) != nil }

  /// The names in a directory, in the order of their bytes; nil where there is no directory.
  static func names(in path: String) throws(Failure) -> [String]? {
    guard let directory = opendir(path) else {
      let error = Errno.current
      if error.meansAbsence { return nil }
      throw error.failure(path)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(directory) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    if errno != 0 { throw Errno.current.failure(path) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // Without waiting for the other end of a FIFO; links are followed, as people link such files.
  private static func open(_ path: String) throws(Failure) -> (FileDescriptor, Int)? {
    guard !path.utf8.contains(0) else { throw Failure(.failed, String(reflecting: path), "is not a path") }
    let status: FileStatus
    let file: FileDescriptor
    do throws(Errno) {
      file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
      status = try file.status()
    } catch {
      if error.meansAbsence { return nil }
      throw error.failure(path)
    }
    guard status.kind == .regular else { throw Failure(.failed, path, "is not a regular file") }
    guard status.size <= UInt64(limit) else {
      throw Failure(.failed, path, "is too large for a configuration file (more than \(limit >> 20) MiB)")
    }
    return (file, Int(status.size))
  }
}

extension Errno {
  fileprivate var meansAbsence: Bool { rawValue == ENOENT || rawValue == ENOTDIR }
}
