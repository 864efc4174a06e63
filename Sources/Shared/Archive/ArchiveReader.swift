import CArchive
import System

/// Reads a tar of any dialect, compressed with anything, in one pass and bounded memory (libarchive).
///
/// The end is only the end where the end-of-archive blocks are: an archive that is cut off or corrupt anywhere is
/// `invalid`.
public final class ArchiveReader {
  /// For how many further calls of `nextBytes()` the bytes of one call stay where they are.
  public static let retainedCalls = TarFeed.retainedCalls

  private let name: String
  private let feed: TarFeed
  private let archive: OpaquePointer
  /// The bytes of the body under way that were not given out.
  private var missing: UInt64 = 0
  private var given: UInt64 = 0
  private var isSparse = false
  private var ended = false
  private var broken: Failure?

  /// Reads `input` from where it stands, called `name` in errors.
  ///
  /// - Throws: `invalid` where nothing arrives.
  public init(input: FileDescriptor, name: String) throws(Failure) {
    self.name = name
    feed = try TarFeed(input, name: name)
    guard let archive = archive_read_new() else { throw Failure(.failed, name, "out of memory") }
    self.archive = archive
    archive_read_support_format_tar(archive)
    guard feed.open(archive) == ARCHIVE_OK else { throw failure("not a tar archive") }
  }

  deinit { archive_read_free(archive) }

  /// The next member, past what was not read of the one before; nil at the archive's end.
  public func next() throws(Failure) -> ArchiveEntry? {
    try finally { () throws(Failure) in try readHeader() }
  }

  /// The next bytes of the member's body, at least one; nil at its end.
  ///
  /// - Throws: `invalid` where the archive ends in it; `failed` where it is sparse.
  public func nextBytes() throws(Failure) -> UnsafeRawBufferPointer? {
    try finally { () throws(Failure) in try readBody() }
  }

  /// An error is final: what comes after it is no archive.
  private func finally<Result>(_ body: () throws(Failure) -> Result?) throws(Failure) -> Result? {
    if let broken { throw broken }
    if ended { return nil }
    do { return try body() } catch {
      broken = error
      throw error
    }
  }

  private func readHeader() throws(Failure) -> ArchiveEntry? {
    var header: OpaquePointer?
    let status = UTF8Locale.with { archive_read_next_header(archive, &header) }
    switch status {
    case ARCHIVE_OK: break
    case ARCHIVE_EOF:
      try expectEndBlocks()
      try feed.drain(behind: UInt64(max(0, archive_filter_bytes(archive, 0))))
      ended = true
      return nil
    case ARCHIVE_WARN: throw failure("a member's header can't be trusted")
    case ARCHIVE_RETRY: throw failure("a member's header is damaged")
    default: throw failure("not a tar archive, or cut off")
    }
    guard let header else { throw failure("no header") }
    let entry = try describe(header)
    isSparse = archive_entry_sparse_count(header) > 0
    missing = entry.size
    given = 0
    return entry
  }

  private func readBody() throws(Failure) -> UnsafeRawBufferPointer? {
    guard !isSparse else {
      throw Failure(.failed, name, "a member is stored as a sparse file; make the archive without --sparse")
    }
    var bytes: UnsafeRawPointer?
    var count = 0
    var offset: la_int64_t = 0
    switch archive_read_data_block(archive, &bytes, &count, &offset) {
    case ARCHIVE_OK:
      guard offset == given, count > 0, UInt64(count) <= missing else { throw failure("a body has holes") }
      given += UInt64(count)
      missing -= UInt64(count)
      return UnsafeRawBufferPointer(start: bytes, count: count)
    case ARCHIVE_EOF:
      guard missing == 0 else { throw failure("a body is shorter than its size") }
      return nil
    default: throw failure("cut off in a member")
    }
  }

  /// POSIX: "at the end of the archive file there shall be two 512-octet logical records filled with binary zeros".
  ///
  /// libarchive ends as happily without them.
  private func expectEndBlocks() throws(Failure) {
    let end = UInt64(max(0, archive_filter_bytes(archive, 0)))
    let start = UInt64(max(0, archive_read_header_position(archive)))
    let count = 2 * TarHeader.blockSize
    guard end >= start + UInt64(count), feed.zeros(count, before: end) else {
      throw Failure(.invalid, name, "cut off: its end-of-archive blocks are missing")
    }
  }

  private func describe(_ header: OpaquePointer) throws(Failure) -> ArchiveEntry {
    let path = try text(archive_entry_pathname(header), "name")
    guard let size = UInt64(exactly: archive_entry_size(header)) else { throw failure("a size is negative") }
    // A hard link has no file type, or a regular file's: asked first.
    let kind: ArchiveEntry.Kind
    if let target = archive_entry_hardlink(header) {
      kind = .hardlink(target: try text(target, "link"))
    } else {
      switch archive_entry_filetype(header) {
      case mode_t(S_IFREG): kind = .regular
      case mode_t(S_IFDIR): kind = .directory
      case mode_t(S_IFLNK): kind = .symlink(target: try text(archive_entry_symlink(header), "link"))
      default: kind = .other
      }
    }
    let position = UInt64(max(0, archive_filter_bytes(archive, 0)))
    return ArchiveEntry(path: path, kind: kind, size: size, dataOffset: feed.base.map { $0 + position })
  }

  private func text(_ bytes: UnsafePointer<CChar>?, _ what: String) throws(Failure) -> String {
    guard let bytes else { throw failure("a member has no \(what)") }
    guard let text = String(validatingCString: bytes) else {
      throw Failure(.invalid, name, "a member's \(what) is not UTF-8")
    }
    return text
  }

  /// What went wrong in the input, else `problem` in libarchive's words as well.
  private func failure(_ problem: String) -> Failure {
    if let failure = feed.failure { return failure }
    let words = archive_error_string(archive).map { String(cString: $0) }
    return Failure(.invalid, name, problem, cause: words)
  }
}
