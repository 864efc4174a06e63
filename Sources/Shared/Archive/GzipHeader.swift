import CZlib
import System

/// The header of a gzip member (RFC 1952, 2.3), read byte by byte: ISA-L goes astray where it comes in pieces.
struct GzipHeader {
  private enum Field: Equatable {
    case fixed(Int)
    case extraLength([UInt8])
    case extra(Int)
    case name
    case comment
    case checksum([UInt8])
    case end
  }

  private let name: String
  private var field = Field.fixed(0)
  private var flags: UInt8 = 0
  private var checksum: CUnsignedLong = 0

  init(_ name: String) { self.name = name }

  /// Cuts off from `input` what belongs to the header; whether it is complete.
  ///
  /// - Throws: `invalid` where no header begins, or its checksum is wrong.
  mutating func read(_ input: inout UnsafeRawBufferPointer) throws(Failure) -> Bool {
    while field != .end, var byte = input.first {
      input.drop(1)
      if case .checksum = field {} else { checksum = crc32(checksum, &byte, 1) }
      try take(byte)
    }
    return field == .end
  }

  private mutating func take(_ byte: UInt8) throws(Failure) {
    switch field {
    case .fixed(let place):
      guard Self.isRight(byte, at: place) else {
        throw Failure(.invalid, name, "not a gzip member where one should begin")
      }
      if place == 3 { flags = byte }
      field = place < 9 ? .fixed(place + 1) : optional(from: 0)
    case .extraLength(let bytes) where bytes.isEmpty: field = .extraLength([byte])
    case .extraLength(let bytes):
      let length = Int(bytes[0]) | Int(byte) << 8
      field = length > 0 ? .extra(length) : optional(from: 1)
    case .extra(let left): field = left > 1 ? .extra(left - 1) : optional(from: 1)
    case .name: if byte == 0 { field = optional(from: 2) }
    case .comment: if byte == 0 { field = optional(from: 3) }
    case .checksum(let bytes) where bytes.isEmpty: field = .checksum([byte])
    case .checksum(let bytes):
      guard UInt16(bytes[0]) | UInt16(byte) << 8 == UInt16(truncatingIfNeeded: checksum) else {
        throw Failure(.invalid, name, "gzip header checksum mismatch")
      }
      field = .end
    case .end: break
    }
  }

  /// The magic number, the method "deflate", and no flag of the future.
  private static func isRight(_ byte: UInt8, at place: Int) -> Bool {
    switch place {
    case 0: byte == 0x1f
    case 1: byte == 0x8b
    case 2: byte == 8
    case 3: byte & 0xe0 == 0
    default: true
    }
  }

  /// The first of the optional fields, in their order from `place` on, that the flags announce.
  private func optional(from place: Int) -> Field {
    let fields: [(flag: UInt8, field: Field)] = [
      (0x04, .extraLength([])), (0x08, .name), (0x10, .comment), (0x02, .checksum([])),
    ]
    return fields[place...].first { flags & $0.flag != 0 }?.field ?? .end
  }
}
