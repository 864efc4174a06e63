import System

/// What a pax header says of a sparse file, in the versions that GNU tar has written: 0.0, 0.1 and 1.0.
struct PaxSparse {
  /// The size of the file with its holes; nil where it has none.
  private(set) var size: UInt64?
  /// The map, in versions 0.0 and 0.1.
  private(set) var extents: [SparseExtent] = []
  private var offset: UInt64?
  private var major: UInt64 = 0

  /// Whether the map stands before the body's bytes: version 1.0.
  var isInBody: Bool { major == 1 }

  /// Takes up a record `GNU.sparse.KEY`; false where its value is none of the key's.
  mutating func take(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
    if key.reads("map") { return takeMap(value) }
    guard let number = PaxRecords.decimal(value) else { return false }
    if key.reads("size") || key.reads("realsize") {
      size = number
    } else if key.reads("offset") {
      offset = number
    } else if key.reads("numbytes") {
      guard let start = offset else { return false }
      extents.append(SparseExtent(offset: start, count: number))
      offset = nil
    } else if key.reads("major") {
      major = number
      return number <= 1
    } else if key.reads("minor") {
      return number <= 1
    }
    return true
  }

  private mutating func takeMap(_ value: ArraySlice<UInt8>) -> Bool {
    var start: UInt64?
    for text in value.split(separator: UInt8(ascii: ",")) {
      guard let number = PaxRecords.decimal(text) else { return false }
      if let offset = start {
        extents.append(SparseExtent(offset: offset, count: number))
        start = nil
      } else {
        start = number
      }
    }
    return start == nil
  }
}

/// Reads the map that stands before the bytes of a sparse file (GNU tar's manual, PAX Format, Version 1.0).
struct SparseMapReader {
  /// The most extents: 16 MiB of them.
  static let mostExtents = 1_000_000

  private let input: BlockReader
  private var block: [UInt8] = []
  private var place = 0
  /// How many bytes of the body the map has taken.
  private(set) var used: UInt64 = 0

  init(_ input: BlockReader) { self.input = input }

  /// The map: a count, then offset and length of each, all in decimal with a newline behind; nil where it is damaged.
  mutating func extents(within body: UInt64) throws(Failure) -> [SparseExtent]? {
    guard let count = try number(body), count <= Self.mostExtents else { return nil }
    var extents: [SparseExtent] = []
    for _ in 0..<count {
      guard let offset = try number(body), let count = try number(body) else { return nil }
      extents.append(SparseExtent(offset: offset, count: count))
    }
    return extents
  }

  private mutating func number(_ body: UInt64) throws(Failure) -> UInt64? {
    var digits: [UInt8] = []
    while digits.count <= 20 {
      if place == block.count {
        guard body - used >= TarBlock.size else { return nil }
        block = try input.bytes(TarBlock.size)
        place = 0
        used += UInt64(TarBlock.size)
      }
      let byte = block[place]
      place += 1
      if byte == UInt8(ascii: "\n") { return PaxRecords.decimal(digits[...]) }
      digits.append(byte)
    }
    return nil
  }
}
