import Glibc
import System
import TestSupport

@testable import Archive

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

extension Scratch {
  /// Writes a file and gives it opened for reading.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> FileDescriptor {
    let file = try FileDescriptor.open(path(name), O_RDWR | O_CREAT | O_TRUNC)
    try file.write(Array(bytes))
    lseek(file.number, 0, SEEK_SET)
    return file
  }
}
