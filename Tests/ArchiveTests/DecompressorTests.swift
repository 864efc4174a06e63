import Glibc
import System
import TestSupport
import Testing

@testable import Archive

@Suite struct DecompressorTests {
  /// What compresses with this format; --no-name and the like don't matter.
  static let tools: [(Compression, String)] = [
    (.gzip, "gzip -6"), (.gzip, "pigz -p 2"), (.zstd, "zstd -3"), (.xz, "xz -1"), (.bzip2, "bzip2"),
  ]
  private static let moreTools: [(Compression, String)] = [
    (.gzip, "gzip -1"), (.zstd, "zstd -19"), (.xz, "xz -8"), (.xz, "xz --block-size=65536 -T2"),
  ]

  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func packed(_ bytes: [UInt8], _ command: String) throws -> [UInt8]? {
    // pigz is no part of Debian's base, and gzip in another's words: it may be missing.
    if command.hasPrefix("pigz"), system("command -v pigz >/dev/null") != 0 { return nil }
    guard requireTool(String(command.prefix { $0 != " " })) else { return nil }
    _ = try scratch.file("plain", bytes)
    try scratch.shell("\(command) < plain > packed")
    return try scratch.bytes("packed")
  }

  @Test(
    "what other tools compress is decompressed, in whatever pieces it comes", arguments: tools + moreTools)
  func others(_ compression: Compression, _ command: String) throws {
    for size in [0, 1, 70_000, 900_000] {
      let bytes = text(size)
      guard let packed = try packed(bytes, command) else { return }
      #expect(packed.withUnsafeBytes { Compression.detect($0) } == compression)
      #expect(try decompressed(packed, compression) == bytes)
      #expect(try decompressed(packed, compression, chunk: 4093) == bytes)
      if size < 80_000 { #expect(try decompressed(packed, compression, chunk: 1) == bytes) }
    }
  }

  @Test("several members are one stream", arguments: tools)
  func severalMembers(_ compression: Compression, _ command: String) throws {
    guard let first = try packed(text(300_000), command), let empty = try packed([], command),
      let second = try packed(noise(100_001), command)
    else { return }
    let all = first + empty + second + second
    #expect(try decompressed(all, compression) == text(300_000) + noise(100_001) + noise(100_001))
    #expect(try decompressed(all, compression, chunk: 777) == text(300_000) + noise(100_001) + noise(100_001))
  }

  @Test("a stream that is cut off anywhere is an error", arguments: tools)
  func truncated(_ compression: Compression, _ command: String) throws {
    guard let packed = try packed(text(1_500), command) else { return }
    for count in 0..<packed.count {
      let prefix = Array(packed[..<count])
      #expect { try decompressed(prefix, compression) } throws: {
        ($0 as? Failure)?.kind == .invalid
      }
    }
  }

  @Test("a stream that is cut off in a later member is an error", arguments: tools)
  func truncatedLater(_ compression: Compression, _ command: String) throws {
    guard let packed = try packed(text(1_500), command) else { return }
    for count in stride(from: 1, to: packed.count, by: 13) {
      #expect(throws: Failure.self) { try decompressed(packed + packed[..<count], compression) }
    }
  }

  @Test("a flipped bit is an error, or one of those that mean nothing", arguments: tools)
  func flipped(_ compression: Compression, _ command: String) throws {
    let bytes = text(150)
    guard let packed = try packed(bytes, command) else { return }
    var harmless = 0
    for bit in 0..<packed.count * 8 {
      var broken = packed
      broken[bit / 8] ^= 1 << (bit % 8)
      do {
        // Whatever is not an error must not change what is read.
        #expect(try decompressed(broken, compression) == bytes, "bit \(bit)")
        harmless += 1
      } catch { #expect((error as? Failure)?.kind == .invalid) }
    }
    // gzip's time, system and hints; zstd's reserved bit; bzip2's level.
    #expect(harmless <= 64)
  }

  @Test("garbage behind the last member is an error", arguments: tools)
  func garbageBehind(_ compression: Compression, _ command: String) throws {
    guard let packed = try packed(text(1_500), command) else { return }
    for garbage in [
      [1], Array("garbage, and more of it".utf8), [0, 0, 0, 0, 1], [0x1f, 0x8b], [0x1f, 0, 0],
    ] {
      #expect { try decompressed(packed + garbage, compression) } throws: {
        ($0 as? Failure)?.kind == .invalid
      }
    }
  }

  @Test(
    "zeros behind the last member are padding where the format's own tool takes them so",
    arguments: [
      (.gzip, 1, true), (.gzip, 4096, true), (.xz, 4, true), (.xz, 4096, true), (.xz, 3, false),
      (.zstd, 4, false), (.bzip2, 4, false),
    ] as [(Compression, Int, Bool)])
  func zerosBehind(_ compression: Compression, _ count: Int, _ allowed: Bool) throws {
    guard let packed = try packed(text(1_500), compression.rawValue) else { return }
    let padded = packed + [UInt8](repeating: 0, count: count)
    for chunk in [1, 1000, 1 << 20] {
      if allowed {
        #expect(try decompressed(padded, compression, chunk: chunk) == text(1_500))
      } else {
        #expect(throws: Failure.self) { try decompressed(padded, compression, chunk: chunk) }
      }
    }
  }

  @Test("every optional field of a gzip header is read over", arguments: [1, 5, 1 << 20])
  func gzipHeaderFields(_ chunk: Int) throws {
    let plain = try compressed(text(50_000), .gzip)
    let deflated = plain[10...]
    let extra: [UInt8] = [5, 0, 1, 2, 3, 4, 5]
    let name = Array("a name\u{0}".utf8)
    #expect(plain[..<10].elementsEqual(gzipHeader))
    for flags: UInt8 in [0, 0x01, 0x04, 0x08, 0x10, 0x0c, 0x1c] {
      var header: [UInt8] = [0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 2, 3]
      if flags & 0x04 != 0 { header += extra }
      if flags & 0x08 != 0 { header += name }
      if flags & 0x10 != 0 { header += name }
      #expect(try decompressed(header + deflated, .gzip, chunk: chunk) == text(50_000), "flags \(flags)")
    }
  }

  @Test("a gzip header's own checksum is verified") func gzipHeaderChecksum() throws {
    let deflated = try compressed(text(500), .gzip)[10...]
    let header: [UInt8] = [0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3]
    // The low half of the header's CRC-32, computed by another program.
    #expect(try decompressed(header + [0xa7, 0x77] + deflated, .gzip) == text(500))
    #expect(throws: Failure.self) { try decompressed(header + [0xa7, 0x76] + deflated, .gzip) }
  }

  @Test("a gzip header with another magic number, method or unknown flags is an error", arguments: 0...3)
  func wrongGzipHeader(_ place: Int) throws {
    var packed = try compressed(text(500), .gzip)
    packed[place] ^= 0x80
    #expect(throws: Failure.self) { try decompressed(packed, .gzip) }
  }

  @Test("a gzip header of a mebibyte costs no memory and no trap") func longGzipName() throws {
    let plain = try compressed(text(5_000), .gzip)
    let name = [UInt8](repeating: 0x61, count: 1 << 20) + [0]
    let long = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3] + name + plain[10...]
    #expect(try decompressed(long, .gzip, chunk: 65_536) == text(5_000))
  }

  @Test("a gzip trailer with another checksum or length is an error", arguments: 1...8)
  func wrongTrailer(_ place: Int) throws {
    var packed = try compressed(text(5_000), .gzip)
    packed[packed.count - place] ^= 0x40
    #expect { try decompressed(packed, .gzip) } throws: {
      ($0 as? Failure)?.problem == "gzip checksum or length mismatch"
    }
  }

  @Test(
    "what would need much memory is refused, and the way out is named",
    arguments: [
      (.zstd, "zstd -q --long=27", "zstd -d --long=31"), (.zstd, "zstd -q --ultra -22", "zstd -d --long=31"),
      (.xz, "xz -9", "xz -dc"),
    ] as [(Compression, String, String)])
  func memoryLimits(_ compression: Compression, _ command: String, _ wayOut: String) throws {
    guard requireTool(compression.rawValue) else { return }
    try scratch.shell("head -c 20000000 /dev/zero | cat | \(command) > packed")
    let packed = try scratch.bytes("packed")
    #expect { try decompressed(packed, compression) } throws: {
      ($0 as? Failure)?.problem.contains(wayOut) == true
    }
  }

  @Test("skippable frames are read over") func skippableFrames() throws {
    let frame: [UInt8] = [0x55, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let packed = frame + (try compressed(text(5_000), .zstd(3))) + frame
    #expect(packed.withUnsafeBytes { Compression.detect($0) } == .zstd)
    #expect(try decompressed(packed, .zstd, chunk: 5) == text(5_000))
  }

  @Test("bytes stay where they are for as many calls as promised") func retained() throws {
    let bytes = noise(3_000_000)
    let packed = try compressed(bytes, .gzip)
    let decompressor = Decompressor(.gzip, name: "input", input: pieces(packed, 65_536))
    var held: [UnsafeRawBufferPointer] = []
    var offset = 0
    while let piece = try decompressor.next() {
      held.append(piece)
      if held.count > Decompressor.retainedCalls {
        let oldest = held.removeFirst()
        #expect(oldest.elementsEqual(bytes[offset..<offset + oldest.count]))
        offset += oldest.count
      }
    }
    #expect(offset > 0)
  }

  @Test("an error stays one") func finalError() throws {
    var packed = try compressed(text(900_000), .gzip)
    packed[packed.count / 2] ^= 0xff
    let decompressor = Decompressor(.gzip, name: "input", input: pieces(packed, 65_536))
    #expect(throws: Failure.self) { while try decompressor.next() != nil {} }
    #expect(throws: Failure.self) { try decompressor.next() }
  }

  @Test("without compression the pieces are the input's own") func none() throws {
    #expect(try decompressed(text(5_000), .none, chunk: 100) == text(5_000))
  }

  @Test(
    "what only begins like a compressed stream is none",
    arguments: ["BZh9 is a name", "BZ", "\u{1f}", "", "(µ/", "7zXZ"])
  func undetected(_ beginning: String) {
    #expect(Array(beginning.utf8).withUnsafeBytes { Compression.detect($0) } == .none)
  }
}
