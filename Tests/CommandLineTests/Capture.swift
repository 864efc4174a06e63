import Glibc
import System
import Testing

@testable import CommandLine

/// An unnamed file that takes what a test writes.
struct Capture {
  let file: FileDescriptor

  init() throws {
    var template = Array("/tmp/ociutils-test-XXXXXX".utf8CString)
    let number = mkstemp(&template)
    guard number >= 0 else { throw Errno.current }
    unlink(template)
    file = FileDescriptor(owning: number)
  }

  /// All that was written so far.
  var text: String {
    get throws {
      var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
      let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
      return String(decoding: bytes[..<count], as: UTF8.self)
    }
  }
}
