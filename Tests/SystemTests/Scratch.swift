import Glibc
import System

/// A directory for one test, removed with it.
final class Scratch {
  let path: String
  let directory: FileDescriptor

  init(in parent: String = "/tmp") throws {
    var template = Array("\(parent)/ociutils-test.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno.current }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    guard let directory = try? FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
    for name in (try? directory.names()) ?? [] {
      let name = String(decoding: name, as: UTF8.self)
      if (try? directory.unlink(name)) == nil { remove("\(path)/\(name)") }
    }
    rmdir(path)
  }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ name: String, _ text: String) throws {
    try FileDescriptor.open(path(name), O_WRONLY | O_CREAT | O_TRUNC).write(Array(text.utf8))
  }

  func text(_ name: String) throws -> String {
    let file = try FileDescriptor.open(path(name), O_RDONLY)
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  var names: [String] {
    get throws { try directory.names().map { String(decoding: $0, as: UTF8.self) } }
  }
}

/// The error that `body` throws, as errno.
func errno(of body: () throws -> Void) -> CInt? {
  do { try body() } catch { return (error as? Errno)?.rawValue }
  return nil
}
