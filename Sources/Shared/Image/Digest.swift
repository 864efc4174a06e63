import System

/// The digest of stored bytes: `sha256:HEX` or `sha512:HEX` (image-spec, descriptor.md, Digests).
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// A registered digest algorithm.
  public enum Algorithm: String, Sendable, CaseIterable {
    case sha256
    case sha512

    /// The length of the hexadecimal part.
    public var hexLength: Int { self == .sha256 ? 64 : 128 }
  }

  /// The algorithm.
  public let algorithm: Algorithm
  /// The encoded part: lower-case hexadecimal digits.
  public let hex: String

  /// `ALGORITHM:HEX`; nil if it is not in that grammar or the algorithm is not a registered one.
  public init?(_ text: some StringProtocol) {
    guard let colon = text.firstIndex(of: ":"), let algorithm = Algorithm(rawValue: String(text[..<colon]))
    else { return nil }
    self.init(algorithm, hex: text[text.index(after: colon)...])
  }

  /// A digest from its two parts; nil unless `hex` has the right length and only lower-case digits.
  public init?(_ algorithm: Algorithm, hex: some StringProtocol) {
    let digits = hex.utf8
    guard digits.count == algorithm.hexLength,
      digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    self.algorithm = algorithm
    self.hex = String(hex)
  }

  /// `ALGORITHM:HEX`.
  public var description: String { "\(algorithm.rawValue):\(hex)" }
}

extension Digest {
  /// A digest from its binary form; `bytes` has the algorithm's length.
  public init(_ algorithm: Algorithm, bytes: [UInt8]) {
    precondition(bytes.count * 2 == algorithm.hexLength)
    let digits = Array("0123456789abcdef".utf8)
    self.algorithm = algorithm
    hex = String(unsafeUninitializedCapacity: algorithm.hexLength) { text in
      for (index, byte) in bytes.enumerated() {
        text[2 * index] = digits[Int(byte >> 4)]
        text[2 * index + 1] = digits[Int(byte & 15)]
      }
      return algorithm.hexLength
    }
  }
}
