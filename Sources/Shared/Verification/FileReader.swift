import System

/// A region of a file, read in large pieces that stay valid for a while, so that they can be hashed on another core.
public final class FileReader: ByteReader {
  /// The size of one piece, bytes: small enough for the second-level cache.
  static let pieceSize = 512 << 10
  static let pieces = 4

  /// All pieces but the one being filled.
  public let retainedCalls = FileReader.pieces - 1
  private let file: FileDescriptor
  private let name: String
  private var offset: UInt64
  private let end: UInt64
  private let endsFile: Bool
  private let buffer: UnsafeMutableRawBufferPointer
  private var turn = 0

  /// The bytes from `offset` up to `end` of `file`, called `name` in errors.
  ///
  /// - Parameter endsFile: whether nothing may follow in the file.
  public init(_ file: FileDescriptor, _ name: String, from offset: UInt64, to end: UInt64, endsFile: Bool) {
    self.file = file
    self.name = name
    self.offset = offset
    self.end = end
    self.endsFile = endsFile
    let length = Int(min(UInt64(Self.pieceSize), max(1, end - min(offset, end))))
    buffer = .allocate(byteCount: length * Self.pieces, alignment: 4096)
  }

  deinit { buffer.deallocate() }

  /// The next piece.
  public func next() throws(Failure) -> UnsafeRawBufferPointer? {
    guard offset < end else { return nil }
    let length = buffer.count / Self.pieces
    let piece = UnsafeMutableRawBufferPointer(
      rebasing: buffer[turn * length..<turn * length + min(length, Int(clamping: end - offset))])
    turn = (turn + 1) % Self.pieces
    let count: Int
    do { count = try file.read(into: piece, at: offset) } catch { throw error.failure(name) }
    guard count > 0 else { return nil }
    offset += UInt64(count)
    return UnsafeRawBufferPointer(rebasing: piece[..<count])
  }

  /// The file ends here, where it has to.
  public func expectEnd() throws(Failure) {
    guard endsFile else { return }
    let size: UInt64
    do { size = try file.status().size } catch { throw error.failure(name) }
    guard size <= end else { throw Failure(.invalid, name, "\(size) bytes, expected \(end)") }
  }
}
