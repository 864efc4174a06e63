import Image
import Testing

@Suite struct DigestTests {
  private static let hex = String(repeating: "0123456789abcdef", count: 4)

  @Test("a digest of a registered algorithm is read and written as it stands")
  func accepts() throws {
    for text in ["sha256:\(Self.hex)", "sha512:\(Self.hex)\(Self.hex)"] {
      #expect(try #require(Digest(text)).description == text)
    }
  }

  @Test(
    "anything else is no digest",
    arguments: [
      "", ":", "sha256", "sha256:", ":\(hex)", hex, "sha256:\(hex.dropLast())", "sha256:\(hex)0",
      "sha512:\(hex)",
      "SHA256:\(hex)", "sha256:\(hex.uppercased())", "md5:\(hex)", "sha256 :\(hex)", "sha256:\(hex)\n",
      "sha256::\(hex.dropLast())", "sha256:../\(hex.dropFirst(3))", "sha256:\(hex.dropLast())é",
    ])
  func refuses(_ text: String) {
    #expect(Digest(text) == nil)
  }

  @Test("the binary form gives the same digest")
  func binary() {
    let bytes = (0..<4).flatMap { _ in [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF] as [UInt8] }
    #expect(Digest(.sha256, bytes: bytes) == Digest("sha256:\(Self.hex)"))
  }
}
