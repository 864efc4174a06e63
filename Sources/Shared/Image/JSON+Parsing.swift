import System

extension JSON {
  /// The largest document that is taken by default, bytes: what registries accept for a manifest.
  public static let sizeLimit = 4 << 20
  /// The deepest nesting that is taken.
  public static let depthLimit = 64
  /// The most values that one document may have; bounds the memory that a hostile one takes.
  public static let valueLimit = 1 << 18

  /// The value that `bytes` hold, the whole of them.
  ///
  /// Stricter than RFC 8259 demands where leniency lets two readers see two things: a key that comes twice, a lone
  /// surrogate and invalid UTF-8 are refused.
  ///
  /// - Throws: `invalid`, with line and column (in bytes, from 1).
  public init(parsing bytes: [UInt8], limit: Int = JSON.sizeLimit) throws(Failure) {
    guard bytes.count <= limit else {
      throw Failure(.invalid, "", "\(bytes.count) bytes are too many for a JSON document (at most \(limit))")
    }
    var result = JSON.null
    var failure: JSONParser.Fault?
    bytes.withUnsafeBytes { buffer in
      var parser = JSONParser(buffer)
      do throws(JSONParser.Fault) { result = try parser.document() } catch { failure = error }
    }
    if let failure { throw failure.failure(in: bytes) }
    self = result
  }
}
