import CArchive
import System

/// Gives libarchive the plain tar, a piece at a time, and remembers what it gave.
final class TarFeed {
  private struct Given {
    let end: UInt64
    let bytes: UnsafeRawBufferPointer
  }

  /// What went wrong in a callback: libarchive can't carry it.
  private(set) var failure: Failure?
  private let name: String
  private let input: ArchiveInput
  private let plain: Decompressor
  /// The bytes given or skipped.
  private var position: UInt64 = 0
  /// The last pieces given, which still lie in their buffers.
  private var recent: [Given] = []

  /// Where the tar begins in the input; nil where bodies can't be read at an offset.
  let base: UInt64?

  /// For how many further pieces the bytes of one stay where they are.
  static let retainedCalls = Decompressor.retainedCalls

  /// The plain tar in `file`, whatever it is compressed with.
  ///
  /// - Throws: `invalid` where there is nothing.
  init(_ file: FileDescriptor, name: String) throws(Failure) {
    let input = try ArchiveInput(file, name: name, retaining: Self.retainedCalls)
    self.input = input
    self.name = name
    let start = input.offset
    guard let first = try input.peek() else {
      throw Failure(
        .invalid, name, start == nil ? "nothing arrived (did the command before fail?)" : "the file is empty")
    }
    let compression = Compression.detect(first)
    base = compression == .none ? start : nil
    plain = Decompressor(compression, name: name) { () throws(Failure) in try input.next() }
  }

  /// The next piece; nil at the end.
  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    guard let piece = try plain.next() else { return nil }
    position += UInt64(piece.count)
    if recent.count > Self.retainedCalls { recent.removeFirst() }
    recent.append(Given(end: position, bytes: piece))
    return piece
  }

  /// Goes over up to `count` bytes without reading them; how many.
  func skip(_ count: UInt64) -> UInt64 {
    guard base != nil else { return 0 }
    let skipped = input.skip(count)
    position += skipped
    return skipped
  }

  /// Whether the `count` bytes before `end` were given, not long ago, and are all zero.
  func zeros(_ count: Int, before end: UInt64) -> Bool {
    var found = 0
    for piece in recent.reversed() where found < count {
      let start = piece.end - UInt64(piece.bytes.count)
      let reached = end - min(end, UInt64(found))
      // Only what joins the bytes already seen counts.
      guard start < reached else { continue }
      guard reached <= piece.end else { return false }
      let last = Int(reached - start)
      let first = max(0, last - (count - found))
      guard piece.bytes[first..<last].allSatisfy({ $0 == 0 }) else { return false }
      found += last - first
    }
    return found == count
  }

  /// Far more than any tar(1) pads its last record with, bytes.
  private static let mostPadding: UInt64 = 64 << 20

  /// Reads on behind `end` to the end of the input: so a writer before is not broken off, and a decompressor checks.
  ///
  /// - Throws: `invalid` where there is more than padding: a second archive would be lost.
  func drain(behind end: UInt64) throws(Failure) {
    for piece in recent {
      let start = piece.end - UInt64(piece.bytes.count)
      let known = Int(clamping: end - min(end, start))
      if known < piece.bytes.count {
        try expectPadding(UnsafeRawBufferPointer(rebasing: piece.bytes[known...]))
      }
    }
    var count: UInt64 = 0
    while let piece = try next() {
      try expectPadding(piece)
      count += UInt64(piece.count)
      guard count <= Self.mostPadding else {
        throw Failure(.invalid, name, "zeros without end follow the end of the archive")
      }
    }
  }

  private func expectPadding(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    guard bytes.allSatisfy({ $0 == 0 }) else {
      throw Failure(.invalid, name, "something follows the end of the archive (a second one?)")
    }
  }

  /// Has libarchive read the tar from here; the feed must outlive it.
  func open(_ archive: OpaquePointer) -> CInt {
    archive_read_set_skip_callback(archive) { _, feed, count in
      la_int64_t(TarFeed.at(feed).skip(UInt64(count)))
    }
    archive_read_set_read_callback(archive) { _, feed, bytes in
      let feed = TarFeed.at(feed)
      do throws(Failure) {
        guard let piece = try feed.next() else { return 0 }
        bytes?.pointee = piece.baseAddress
        return piece.count
      } catch {
        feed.failure = error
        return Int(ARCHIVE_FATAL)
      }
    }
    archive_read_set_callback_data(archive, Unmanaged.passUnretained(self).toOpaque())
    return archive_read_open1(archive)
  }

  private static func at(_ pointer: UnsafeMutableRawPointer?) -> TarFeed {
    Unmanaged<TarFeed>.fromOpaque(pointer!).takeUnretainedValue()
  }
}
