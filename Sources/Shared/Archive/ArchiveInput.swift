import Glibc
import System

/// The bytes of an archive's file or pipe in pieces that begin at multiples of a tar's block.
final class ArchiveInput {
  private let file: FileDescriptor
  private let name: String
  private let ring: PieceRing
  /// Where the next piece is read from, in a regular file; nil for all that only read(2) serves.
  private(set) var offset: UInt64?
  private var size: UInt64 = 0
  private var peeked: UnsafeRawBufferPointer?

  /// Reads `file` from where it stands; a piece stays while `retaining` further ones are read.
  init(_ file: FileDescriptor, name: String, retaining: Int) throws(Failure) {
    self.file = file
    self.name = name
    ring = PieceRing(retaining: retaining)
    do {
      let status = try file.status()
      if status.kind == .regular {
        offset = UInt64(try retrying { lseek(file.number, 0, SEEK_CUR) })
        size = status.size
      } else if status.kind == .fifo {
        file.widenPipe()
      }
    } catch { throw error.failure(name) }
  }

  /// The next piece, without going on behind it.
  func peek() throws(Failure) -> UnsafeRawBufferPointer? {
    if peeked == nil { peeked = try read() }
    return peeked
  }

  /// The next piece; nil at the end.
  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    if let piece = peeked {
      peeked = nil
      return piece
    }
    return try read()
  }

  /// Goes over up to `count` bytes without reading them; how many.
  func skip(_ count: UInt64) -> UInt64 {
    guard let offset, peeked == nil, offset < size else { return 0 }
    let skipped = min(count, size - offset)
    self.offset = offset + skipped
    return skipped
  }

  /// Reads as much as there is, and on to the end of a block.
  private func read() throws(Failure) -> UnsafeRawBufferPointer? {
    let piece = ring.next()
    var count = 0
    repeat {
      let room = UnsafeMutableRawBufferPointer(rebasing: piece[count...])
      let read: Int
      do {
        read = if let offset { try file.read(into: room, at: offset) } else { try file.read(into: room) }
      } catch { throw error.failure(name) }
      if read == 0 { break }
      count += read
      if let offset { self.offset = offset + UInt64(read) }
    } while count % TarHeader.blockSize != 0
    return count == 0 ? nil : UnsafeRawBufferPointer(rebasing: piece[..<count])
  }
}
