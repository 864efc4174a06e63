import Glibc
import System

/// A directory for one test, in memory where there is such a file system, removed with the test.
final class Scratch {
  let path: String

  init() throws {
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/ociutils-test.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno.current }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { try? Scratch.remove(path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  static func directory(_ path: String) throws -> FileDescriptor {
    try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  static func names(_ path: String) throws -> [String] {
    try directory(path).names().map { String(decoding: $0, as: UTF8.self) }
  }

  static func remove(_ path: String) throws {
    if unlink(path) == 0 { return }
    for name in try names(path) { try remove("\(path)/\(name)") }
    rmdir(path)
  }
}

func write(_ path: String, _ bytes: [UInt8]) throws {
  try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC).write(bytes)
}

func write(_ path: String, _ text: String) throws { try write(path, Array(text.utf8)) }

func contents(_ path: String) throws -> [UInt8] {
  let file = try FileDescriptor.open(path, O_RDONLY)
  var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
  let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
  return Array(bytes[..<count])
}

func text(_ path: String) throws -> String { String(decoding: try contents(path), as: UTF8.self) }
