import Glibc
import System
import TestSupport
import Testing

@testable import Archive

@Suite struct CompressorTests {
  private static let methods: [CompressionMethod] =
    [.gzip, .zstd(1), .zstd(3), .zstd(12)] + (1...9).map { .gzipLevel($0) }
  /// Around the sizes of a dictionary, a block of each kind, and none.
  private static let sizes = [
    0, 1, 511, 32 << 10, 128 << 10, (128 << 10) + 1, 256 << 10, (256 << 10) + 7, 700_001,
  ]

  @Test("what is compressed is decompressed again", arguments: methods)
  func roundTrip(_ method: CompressionMethod) throws {
    for size in Self.sizes {
      let bytes = text(size)
      let packed = try compressed(bytes, method)
      #expect(packed.withUnsafeBytes { Compression.detect($0) } == method.compression)
      #expect(try decompressed(packed, method.compression) == bytes)
    }
  }

  @Test("noise is compressed too", arguments: methods) func noisy(_ method: CompressionMethod) throws {
    let bytes = noise(600_000)
    let packed = try compressed(bytes, method)
    #expect(packed.count < 605_000)
    #expect(try decompressed(packed, method.compression) == bytes)
  }

  @Test("other tools decompress it", arguments: [("gzip", "gzip -dc"), ("zstd", "zstd -dc")])
  func others(_ format: String, _ command: String) throws {
    guard requireTool(format) else { return }
    let scratch = try Scratch()
    let bytes = text(1_000_000)
    for method in Self.methods where method.compression.rawValue == format {
      _ = try scratch.file("packed", try compressed(bytes, method))
      try scratch.shell("\(command) < packed > unpacked")
      #expect(try scratch.bytes("unpacked") == bytes)
    }
  }

  @Test("the bytes don't depend on the pieces of the input", arguments: methods)
  func chunking(_ method: CompressionMethod) throws {
    let bytes = text(600_000)
    let expected = try compressed(bytes, method)
    for chunk in [997, 65_536, 131_072, 131_073] {
      #expect(try compressed(bytes, method, chunk: chunk) == expected)
    }
  }

  @Test("the bytes don't depend on the number of threads", arguments: [1, 2, 3, 7])
  func threads(_ count: Int) throws {
    let bytes = text(2_000_000)
    #expect(try compressed(bytes, .gzipLevel(6), threads: count) == compressed(bytes, .gzipLevel(6)))
  }

  @Test("blocks with a dictionary lose no ratio") func ratio() throws {
    guard requireTool("gzip") else { return }
    let scratch = try Scratch()
    let bytes = text(2_000_000)
    _ = try scratch.file("plain", bytes)
    let whole = try #require(
      Int(try scratch.shell("gzip -6 < plain | wc -c").trimmingPrefix { $0 == " " }.prefix { $0.isNumber }))
    #expect(try compressed(bytes, .gzipLevel(6)).count < whole + whole / 200)
  }

  @Test("a compressor that is dropped half-way ends its threads") func dropped() throws {
    let compressor = try Compressor(.gzipLevel(1), input: pieces(text(1_000_000), 4096))
    _ = try compressor.next()
    _ = try compressor.next()
  }

  @Test(
    "an input's failure comes through", arguments: [.gzip, .gzipLevel(6), .zstd(3)] as [CompressionMethod])
  func failing(_ method: CompressionMethod) throws {
    let bytes = text(300_000)
    let good = pieces(bytes, 100_000)
    let compressor = try Compressor(method) { () throws(Failure) in
      guard let piece = try good() else { throw Failure(.invalid, "input", "broken") }
      return piece
    }
    #expect(throws: Failure.self) { while try compressor.next() != nil {} }
  }

  @Test(
    "methods are named like this",
    arguments: [
      ("gzip", .gzip), ("gzip:1", .gzipLevel(1)), ("gzip:9", .gzipLevel(9)), ("zstd", .zstd(3)),
      ("zstd:19", .zstd(19)),
    ] as [(String, CompressionMethod)])
  func parsing(_ text: String, _ method: CompressionMethod) throws {
    #expect(try CompressionMethod(parsing: text) == method)
  }

  @Test(
    "other names are a usage error",
    arguments: ["", "gzip:", "gzip:0", "gzip:10", "gzip:x", "zstd:20", "zstd:-1", "xz", "none", "gzip:6:7"])
  func wrongNames(_ text: String) {
    #expect { try CompressionMethod(parsing: text) } throws: { ($0 as? Failure)?.kind == .usage }
  }
}
