import Glibc
import System
import Testing

@testable import Overlay

/// A directory on tmpfs that goes with the test, and what is mounted in it.
final class Scratch {
  let path: String
  let directory: FileDescriptor
  private var mounted: [String] = []

  init() throws {
    var template = Array("/dev/shm/OverlayTests.XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
  }

  deinit {
    for point in mounted.reversed() { umount2(point, CInt(MNT_DETACH)) }
    _ = system("rm -rf '\(path)'")
  }

  /// Makes a directory and opens it.
  func make(_ name: String) throws -> FileDescriptor {
    try FileDescriptor.makeDirectories("\(path)/\(name)")
    return try open(name)
  }

  func open(_ name: String) throws -> FileDescriptor {
    try FileDescriptor.open("\(path)/\(name)", O_RDONLY | O_DIRECTORY)
  }

  /// Mounts an overlay at `point`, a new directory, with further options; its root.
  func mountOverlay(_ point: String, lower: [String], upper: String? = nil, _ options: String) throws
    -> FileDescriptor
  {
    _ = try make(point)
    var data = "lowerdir=" + lower.map { "\(path)/\($0)" }.joined(separator: ":")
    if let upper {
      _ = try make(upper + ".work")
      data += ",upperdir=\(path)/\(upper),workdir=\(path)/\(upper).work"
    }
    data += "," + options
    guard mount("overlay", "\(path)/\(point)", "overlay", 0, data) == 0 else { throw Errno.current }
    mounted.append("\(path)/\(point)")
    return try open(point)
  }

  /// Runs a shell command here; its output, as it stands.
  @discardableResult
  func shell(_ command: String) throws -> String {
    let status = system("cd '\(path)' && { \(command)\n } > .out 2> .err")
    func text(_ name: String) throws -> String {
      String(decoding: try readAll(FileDescriptor.open("\(path)/\(name)", O_RDONLY)), as: UTF8.self)
    }
    let errors = try text(".err")
    #expect(status == 0, "\(command): \(errors)")
    return try text(".out")
  }
}

func readAll(_ file: FileDescriptor) throws -> [UInt8] {
  var all: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
    if count == 0 { return all }
    all += buffer[..<count]
  }
}

/// Whether this test may run; where MUST_WORK=1 its absence is a failure.
func requireRoot() -> Bool {
  if geteuid() == 0 { return true }
  let mustWork = getenv("MUST_WORK").map { String(cString: $0) } == "1"
  if mustWork { Issue.record("not root") } else { print("not tested: needs root, for mounts") }
  return false
}
