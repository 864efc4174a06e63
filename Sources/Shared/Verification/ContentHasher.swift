import CCrypto
import Image

/// The digest of bytes as they pass (FIPS 180-4, by OpenSSL).
public struct ContentHasher: ~Copyable {
  private enum Context {
    case sha256(UnsafeMutablePointer<SHA256_CTX>)
    case sha512(UnsafeMutablePointer<SHA512_CTX>)
  }

  private let context: Context

  /// A hasher that has seen nothing yet.
  public init(_ algorithm: Digest.Algorithm) {
    switch algorithm {
    case .sha256:
      let state = UnsafeMutablePointer<SHA256_CTX>.allocate(capacity: 1)
      SHA256_Init(state)
      context = .sha256(state)
    case .sha512:
      let state = UnsafeMutablePointer<SHA512_CTX>.allocate(capacity: 1)
      SHA512_Init(state)
      context = .sha512(state)
    }
  }

  deinit {
    switch context {
    case .sha256(let state): state.deallocate()
    case .sha512(let state): state.deallocate()
    }
  }

  /// Takes in `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    switch context {
    case .sha256(let state): SHA256_Update(state, bytes.baseAddress, bytes.count)
    case .sha512(let state): SHA512_Update(state, bytes.baseAddress, bytes.count)
    }
  }

  /// The digest of all bytes taken in.
  public consuming func finish() -> Digest {
    switch context {
    case .sha256(let state):
      var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
      SHA256_Final(&bytes, state)
      return Digest(.sha256, bytes: bytes)
    case .sha512(let state):
      var bytes = [UInt8](repeating: 0, count: Int(SHA512_DIGEST_LENGTH))
      SHA512_Final(&bytes, state)
      return Digest(.sha512, bytes: bytes)
    }
  }
}

extension Digest {
  /// The digest of `bytes`.
  public static func of(_ bytes: [UInt8], by algorithm: Algorithm = .sha256) -> Digest {
    var hasher = ContentHasher(algorithm)
    bytes.withUnsafeBytes { hasher.update($0) }
    return hasher.finish()
  }
}
