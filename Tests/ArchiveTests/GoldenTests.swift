import System
import Testing

@testable import Archive

@Suite struct GoldenTests {
  /// SHA-256 of what each method makes of the same text: layers must be the same on every machine.
  static let digests: [(String, String)] = []

  @Test("each method gives the bytes it always gave", arguments: digests)
  func golden(_ method: String, _ digest: String) throws {
    let scratch = Scratch()
    _ = try scratch.file("packed", try compressed(text(1_000_003), CompressionMethod(parsing: method)))
    #expect(try scratch.shell("sha256sum < packed").prefix(64) == digest, "\(method)")
  }
}
