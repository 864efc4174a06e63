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
    do throws(Errno) {
      let names = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY).names()
      return names.map { String(decoding: $0, as: UTF8.self) }
    } catch {
      if error.meansAbsence { return nil }
      throw error.failure(path)
    }
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
