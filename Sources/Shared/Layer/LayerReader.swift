import System

/// Reads the members of a layer's plain tar, in one pass and bounded memory.
///
/// Names are bytes here, which libarchive would convert; what a header means is what Docker and containerd take it
/// for. A layer without end-of-archive blocks is whole: its digest says so.
public final class LayerReader {
  /// The most bytes of a long name or of extended attributes, as Docker takes them.
  private static let longestExtension: UInt64 = 1 << 20

  private let name: String
  private let input: BlockReader
  /// The bytes of the member's body that were not read yet.
  private var body: UInt64 = 0
  /// The zeros behind the body.
  private var padding: UInt64 = 0
  private var ended = false
  /// Whether the end-of-archive blocks were there, once the end is reached.
  public private(set) var hasEnd = false

  /// Reads the plain tar that `input` gives, a piece at a time until nil, called `name` in errors.
  ///
  /// A piece need only stay until the next one is asked for.
  public init(_ name: String, input: @escaping () throws(Failure) -> UnsafeRawBufferPointer?) {
    self.name = name
    self.input = BlockReader(name, input)
  }

  /// The next member; nil at the end, up to which the input was read then.
  ///
  /// - Throws: `invalid` where it is no tar; what the input throws.
  public func next() throws(Failure) -> LayerEntry? {
    if ended { return nil }
    try skipBody()
    var records = PaxRecords()
    var longPath: [UInt8]?
    var longTarget: [UInt8]?
    while let block = try header() {
      switch block.typeFlag {
      case UInt8(ascii: "x"):
        guard let read = PaxRecords(try extensionBody(block)) else { throw wrong("a pax header is damaged") }
        records = read
      case UInt8(ascii: "L"): longPath = Array(try extensionBody(block).prefix { $0 != 0 })
      case UInt8(ascii: "K"): longTarget = Array(try extensionBody(block).prefix { $0 != 0 })
      case UInt8(ascii: "g"):
        // Docker takes no notice of what holds for all members.
        _ = try extensionBody(block)
      default:
        return try member(block, records, path: longPath, target: longTarget)
      }
    }
    ended = true
    return nil
  }

  /// The next bytes of the body of the member that `next()` gave, as they lie in the input, valid until anything
  /// else is read; nil at its end.
  ///
  /// Of a sparse file the bytes of its extents, one after the other.
  public func nextPiece() throws(Failure) -> UnsafeRawBufferPointer? {
    guard body > 0 else { return nil }
    let piece = try input.piece(body)
    body -= UInt64(piece.count)
    return piece
  }

  private func skipBody() throws(Failure) {
    try input.skip(body)
    try input.skip(padding)
    body = 0
    padding = 0
  }

  /// The next header; nil at the end of the archive.
  private func header() throws(Failure) -> TarBlock? {
    guard let block = try input.block() else { return nil }
    if block.isZero {
      if let second = try input.block(), !second.isZero { throw wrong("a block of zeros in its tar") }
      try input.drain()
      hasEnd = true
      return nil
    }
    guard block.isSound else { throw wrong("not a tar, or a damaged one: a header's checksum is wrong") }
    return block
  }

  private func extensionBody(_ block: TarBlock) throws(Failure) -> [UInt8] {
    let size = try number(block, 124..<136, "size")
    guard size <= Self.longestExtension else { throw wrong("a header of \(size) bytes") }
    let bytes = try input.bytes(Int(size))
    try input.skip(Self.padding(behind: size))
    return bytes
  }

  private func member(
    _ block: TarBlock, _ records: PaxRecords, path: [UInt8]?, target: [UInt8]?
  ) throws(Failure) -> LayerEntry {
    let path = records.path ?? path ?? block.path
    var entry = LayerEntry(path: path, kind: Self.kind(block.typeFlag, path))
    entry.mode = UInt16(truncatingIfNeeded: try number(block, 100..<108, "mode") & 0o7777)
    entry.user = try number(block, 108..<116, "owner", records.user)
    entry.group = try number(block, 116..<124, "group", records.group)
    if let modified = records.modified {
      (entry.modified, entry.nanoseconds) = (modified.seconds, modified.nanoseconds)
    } else if let modified = block.signedNumber(136..<148) {
      entry.modified = modified
    }
    entry.attributes = records.attributes
    switch entry.kind {
    case .symlink, .hardlink: entry.target = records.target ?? target ?? block.target
    case .characterDevice, .blockDevice:
      entry.major = UInt32(clamping: try number(block, 329..<337, "device"))
      entry.minor = UInt32(clamping: try number(block, 337..<345, "device"))
    case .regular: try describeBody(&entry, block, records)
    // What has no body has no size, whatever its header says.
    case .directory, .fifo: break
    }
    return entry
  }

  /// The last that is done with a header: maps of sparse files are read behind it.
  private func describeBody(
    _ entry: inout LayerEntry, _ block: TarBlock, _ records: PaxRecords
  ) throws(Failure) {
    body = try number(block, 124..<136, "size", records.size)
    guard body <= UInt64(Int64.max) else { throw wrong("a member of \(body) bytes") }
    padding = Self.padding(behind: body)
    entry.size = body
    if block.typeFlag == UInt8(ascii: "S"), block.dialect == .gnu {
      entry.size = try number(block, 483..<495, "size")
      entry.extents = try sound(try oldSparseMap(block), entry.size)
    } else if let size = records.sparse.size {
      entry.size = size
      var extents = records.sparse.extents
      if records.sparse.isInBody {
        var map = SparseMapReader(input)
        guard let read = try map.extents(within: body) else {
          throw wrong("the map of a sparse file is damaged")
        }
        extents = read
        body -= map.used
      }
      entry.extents = try sound(extents, size)
    }
  }

  private func oldSparseMap(_ block: TarBlock) throws(Failure) -> [SparseExtent] {
    var extents = (0..<4).compactMap { block.sparseExtent($0, behindHeader: false) }
    var hasMore = block.hasMoreOfSparseMap
    while hasMore {
      guard let more = try input.block() else { throw wrong("its tar is cut off") }
      extents += (0..<21).compactMap { more.sparseExtent($0, behindHeader: true) }
      guard extents.count <= SparseMapReader.mostExtents else {
        throw wrong("a sparse file of too many parts")
      }
      hasMore = more.hasMoreBehindSparseMap
    }
    return extents
  }

  /// The same extents, once they are known to be in order, apart, within the file, and those of the body.
  private func sound(_ extents: [SparseExtent], _ size: UInt64) throws(Failure) -> [SparseExtent] {
    var end: UInt64 = 0
    var sum: UInt64 = 0
    for extent in extents {
      let (next, overflow) = extent.offset.addingReportingOverflow(extent.count)
      guard !overflow, extent.offset >= end, next <= size else {
        throw wrong("the map of a sparse file is damaged")
      }
      end = next
      sum += extent.count
    }
    guard sum == body, size <= UInt64(Int64.max) else { throw wrong("the map of a sparse file is damaged") }
    return extents.filter { $0.count > 0 }
  }

  private static func padding(behind size: UInt64) -> UInt64 {
    let block = UInt64(TarBlock.size)
    return (block - size % block) % block
  }

  /// POSIX: a type that is not known is taken for that of a regular file.
  private static func kind(_ flag: UInt8, _ path: [UInt8]) -> LayerEntry.Kind {
    switch flag {
    case UInt8(ascii: "1"): .hardlink
    case UInt8(ascii: "2"): .symlink
    case UInt8(ascii: "3"): .characterDevice
    case UInt8(ascii: "4"): .blockDevice
    case UInt8(ascii: "5"): .directory
    case UInt8(ascii: "6"): .fifo
    // V7 had no type for directories.
    case 0 where path.last == UInt8(ascii: "/"): .directory
    default: .regular
    }
  }

  /// What a pax header says or, where it does not, the header's own field.
  private func number(
    _ block: TarBlock, _ field: Range<Int>, _ what: String, _ record: UInt64? = nil
  ) throws(Failure) -> UInt64 {
    guard let number = record ?? block.number(field) else {
      throw wrong("the \(what) of a member is not a number")
    }
    return number
  }

  private func wrong(_ problem: String) -> Failure { Failure(.invalid, name, problem) }
}
