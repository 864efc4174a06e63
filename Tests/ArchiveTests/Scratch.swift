import Glibc
import System
import Testing

@testable import Archive

/// A directory that goes with the test.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/ArchiveTests.XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit { _ = system("rm -rf '\(path)'") }

  /// Writes a file and gives it opened for reading.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> FileDescriptor {
    let file = try FileDescriptor.open("\(path)/\(name)", O_RDWR | O_CREAT | O_TRUNC)
    try file.write(Array(bytes))
    lseek(file.number, 0, SEEK_SET)
    return file
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try readAll(FileDescriptor.open("\(path)/\(name)", O_RDONLY))
  }

  /// Runs a shell command here; its output, as it stands.
  @discardableResult
  func shell(_ command: String) throws -> String {
    let status = system("cd '\(path)' && { \(command) ; } > .out 2> .err")
    let errors = String(decoding: try bytes(".err"), as: UTF8.self)
    #expect(status == 0, "\(command): \(errors)")
    return String(decoding: try bytes(".out"), as: UTF8.self)
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

/// A pipe that gets `bytes`, `chunk` at a time, from a thread of its own.
func pipe(_ bytes: [UInt8], chunk: Int = 65536) throws -> FileDescriptor {
  var ends: [CInt] = [0, 0]
  try #require(Glibc.pipe(&ends) == 0)
  let writing = FileDescriptor(owning: ends[1])
  signal(SIGPIPE, SIG_IGN)
  let thread = try Thread {
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      guard (try? writing.write(Array(bytes[start..<min(bytes.count, start + chunk)]))) != nil else { return }
    }
  }
  _ = thread
  return FileDescriptor(owning: ends[0])
}

/// Whether the tool is there; where MUST_WORK=1 its absence is a failure.
func requireTool(_ name: String) -> Bool {
  if system("command -v \(name) > /dev/null 2>&1") == 0 { return true }
  let mustWork = getenv("MUST_WORK").map { String(cString: $0) } == "1"
  if mustWork {
    Issue.record("\(name) is not installed")
  } else {
    print("not tested: \(name) is not installed")
  }
  return false
}

/// A member as it was read.
struct Member: Equatable {
  var path: String
  var kind: ArchiveEntry.Kind
  var bytes: [UInt8]
}

/// Everything that a reader finds.
func members(_ input: FileDescriptor) throws -> [Member] {
  let reader = try ArchiveReader(input: input, name: "input")
  var members: [Member] = []
  while let entry = try reader.next() {
    var bytes: [UInt8] = []
    while let piece = try reader.nextBytes() { bytes += piece }
    members.append(Member(path: entry.path, kind: entry.kind, bytes: bytes))
  }
  return members
}
