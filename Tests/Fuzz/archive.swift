import Archive
import Glibc
import System

/// What a file says, read through, is what a pipe says: the same members, or an error for both.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard count > 0, count <= 60_000 else { return 0 }
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  do {
    try scratch.truncate(to: 0)
    try scratch.write(bytes, at: 0)
    lseek(scratch.number, 0, SEEK_SET)
    var ends: [CInt] = [0, 0]
    guard pipe(&ends) == 0 else { fatalError("pipe") }
    try { try FileDescriptor(owning: ends[1]).write(bytes) }()
    let piped = members(FileDescriptor(owning: ends[0]), reading: true)
    precondition(members(scratch, reading: false) == piped)
    lseek(scratch.number, 0, SEEK_SET)
    precondition(members(scratch, reading: true) == piped)
  } catch { fatalError("\(error)") }
  return 0
}

private let scratch: FileDescriptor = {
  var template = Array("/tmp/fuzz.XXXXXX".utf8CString)
  let number = mkstemp(&template)
  unlink(template)
  return FileDescriptor(owning: number)
}()

/// The paths and sizes of the members; nil for no whole archive.
private func members(_ input: FileDescriptor, reading: Bool) -> [String]? {
  do throws(Failure) {
    let reader = try ArchiveReader(input: input, name: "input")
    var members: [String] = []
    while let entry = try reader.next() {
      members.append("\(entry.path) \(entry.kind) \(entry.size)")
      var size: UInt64 = 0
      while reading, entry.size < 1 << 20, let piece = try bytes(reader) { size += UInt64(piece.count) }
    }
    return members
  } catch { return nil }
}

/// Sparse members can be listed, not read.
private func bytes(_ reader: ArchiveReader) throws(Failure) -> UnsafeRawBufferPointer? {
  do throws(Failure) { return try reader.nextBytes() } catch {
    if error.kind == .failed { return nil }
    throw error
  }
}
