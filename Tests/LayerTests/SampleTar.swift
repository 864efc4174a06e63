@testable import Layer

/// A tar built for a test, header by header.
struct SampleTar {
  private(set) var bytes: [UInt8] = []

  /// Adds a member; whatever its header says, `body` follows it.
  mutating func add(
    _ path: [UInt8], _ type: Character = "0", link: [UInt8] = [], body: [UInt8] = [], size: String? = nil,
    mode: String = "0000644", mtime: String = "00000000000", magic: String = "ustar\u{0}00",
    edit: (inout [UInt8]) -> Void = { _ in }
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: some Collection<UInt8>, at offset: Int) {
      block.replaceSubrange(offset..<offset + text.count, with: text)
    }
    put(path.prefix(100), at: 0)
    put(mode.utf8, at: 100)
    put("0000000".utf8, at: 108)
    put("0000000".utf8, at: 116)
    put((size ?? octal(body.count)).utf8, at: 124)
    put(mtime.utf8, at: 136)
    block[156] = type.asciiValue ?? 0
    put(link.prefix(100), at: 157)
    put(magic.utf8, at: 257)
    edit(&block)
    put("        ".utf8, at: 148)
    put(octal(block.reduce(0) { $0 + Int($1) }, 6).utf8 + [0], at: 148)
    bytes += block + padded(body)
  }

  mutating func add(_ path: String, _ type: Character = "0", link: String = "", body: String = "") {
    add(Array(path.utf8), type, link: Array(link.utf8), body: Array(body.utf8))
  }

  /// Adds a pax extended header.
  mutating func pax(_ records: [(String, [UInt8])]) {
    var body: [UInt8] = []
    for (key, value) in records {
      var length = key.utf8.count + value.count + 3
      while String(length).count + key.utf8.count + value.count + 3 != length {
        length = String(length).count + key.utf8.count + value.count + 3
      }
      body += Array("\(length) \(key)=".utf8) + value + [0x0a]
    }
    add(Array("pax".utf8), "x", body: body)
  }

  /// Adds the end-of-archive blocks.
  mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }

  mutating func append(_ more: [UInt8]) { bytes += more }

  private func padded(_ body: [UInt8]) -> [UInt8] {
    body + [UInt8](repeating: 0, count: (512 - body.count % 512) % 512)
  }
}

func octal(_ number: Int, _ width: Int = 11) -> String {
  let digits = String(number, radix: 8)
  return String(repeating: "0", count: width - digits.count) + digits
}

/// The members that a reader finds in `bytes`, given in pieces of `chunk` bytes.
func entries(_ bytes: [UInt8], chunk: Int = 700) throws -> [LayerEntry] {
  let reader = reader(bytes, chunk: chunk)
  var entries: [LayerEntry] = []
  while let entry = try reader.next() { entries.append(entry) }
  return entries
}

func reader(_ bytes: [UInt8], chunk: Int = 700) -> LayerReader {
  let pieces = Pieces(bytes, chunk)
  return LayerReader("layer") { pieces.next() }
}

/// Gives bytes piece by piece, each valid until the next one only.
private final class Pieces {
  private let bytes: [UInt8]
  private let buffer: UnsafeMutableRawBufferPointer
  private var offset = 0

  init(_ bytes: [UInt8], _ chunk: Int) {
    self.bytes = bytes
    buffer = .allocate(byteCount: chunk, alignment: 1)
  }

  deinit { buffer.deallocate() }

  func next() -> UnsafeRawBufferPointer? {
    let count = min(buffer.count, bytes.count - offset)
    guard count > 0 else { return nil }
    buffer.copyBytes(from: bytes[offset..<offset + count])
    offset += count
    return UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }
}
