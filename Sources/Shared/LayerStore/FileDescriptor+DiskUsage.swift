import Glibc
import System

extension FileDescriptor {
  /// The bytes that this directory and all that is in it take on the disk; a file of several names counts once.
  ///
  /// Takes two descriptors, however deep it is; nobody may move directories in it meanwhile.
  public func diskUsage() throws(Errno) -> UInt64 {
    var blocks = UInt64(clamping: try status().raw.st_blocks)
    var linked: Set<ino_t> = []
    var place = self
    // The directories that are still to be looked into, for each level from here down to `place`.
    var waiting = [try measure(&blocks, &linked)]
    while let level = waiting.indices.last {
      if let name = waiting[level].popLast() {
        place = try place.open(name, O_RDONLY | O_DIRECTORY)
        waiting.append(try place.measure(&blocks, &linked))
      } else {
        waiting.removeLast()
        if !waiting.isEmpty { place = try place.open(FileName(".."), O_RDONLY | O_DIRECTORY) }
      }
    }
    return blocks.multipliedReportingOverflow(by: 512).partialValue
  }

  /// Adds what is in this directory to `blocks`; the names of the directories in it.
  private func measure(_ blocks: inout UInt64, _ linked: inout Set<ino_t>) throws(Errno) -> [FileName] {
    var directories: [FileName] = []
    for bytes in try names() {
      guard let name = FileName(bytes) else { continue }
      let status = try status(of: name)
      if status.kind == .directory {
        directories.append(name)
      } else if status.raw.st_nlink > 1, !linked.insert(status.raw.st_ino).inserted {
        continue
      }
      blocks &+= UInt64(clamping: status.raw.st_blocks)
    }
    return directories
  }
}
