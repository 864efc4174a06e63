import Image
import System

/// The bytes of a blob, which end only if their size and digest are those of its descriptor.
///
/// The last bytes are given out after they were verified, never before: who passes on what it reads never
/// completes a copy of a blob that is wrong.
public final class VerifiedReader {
  /// What is read.
  public let descriptor: Descriptor
  private let prefix: (any ByteReader)?
  private let reader: any ByteReader
  private let hasher: PieceHasher
  private var count: UInt64 = 0
  private var state = State.inPrefix

  private enum State {
    case inPrefix
    case inBody
    case verified
    /// Nothing is given out after an error, whoever asks again.
    case failed(Failure)
  }

  /// Reads `bytes` as the blob of `descriptor`.
  ///
  /// - Parameter prefix: the beginning of the blob where `bytes` only goes on from there; it is hashed, not given out.
  public init(_ descriptor: Descriptor, _ bytes: UnverifiedBytes, after prefix: UnverifiedBytes? = nil)
    throws(Failure)
  {
    self.descriptor = descriptor
    self.prefix = prefix?.reader
    reader = bytes.reader
    hasher = try PieceHasher(
      descriptor.digest.algorithm, size: descriptor.size,
      retainedCalls: min(bytes.reader.retainedCalls, prefix?.reader.retainedCalls ?? Int.max))
  }

  deinit {
    // Before the readers go: the thread may be at work on pieces that belong to them.
    hasher.stop()
  }

  /// For how many further calls of `next()` the bytes of one call stay where they are; 0: only until the next.
  public var retainedCalls: Int { reader.retainedCalls }

  /// The next bytes; nil once all were given out and are right.
  ///
  /// - Throws: `invalid` where size or digest differ; what the end throws. Once thrown, the same again.
  public func next() throws(Failure) -> UnsafeRawBufferPointer? {
    do { return try advance() } catch {
      state = .failed(error)
      throw error
    }
  }

  private func advance() throws(Failure) -> UnsafeRawBufferPointer? {
    switch state {
    case .verified: return nil
    case .failed(let failure): throw failure
    case .inPrefix:
      while let bytes = try prefix?.next() { try takeIn(bytes) }
      state = .inBody
    case .inBody: break
    }
    guard count < descriptor.size, let bytes = try reader.next() else {
      try verify()
      return nil
    }
    try takeIn(bytes)
    if count == descriptor.size { try verify() }
    return bytes
  }

  private func takeIn(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    count += UInt64(bytes.count)
    guard count <= descriptor.size else { throw wrong("more than \(descriptor.size) bytes") }
    hasher.update(bytes)
  }

  private func verify() throws(Failure) {
    guard count == descriptor.size else {
      throw wrong("ends after \(count) of \(descriptor.size) bytes")
    }
    try reader.expectEnd()
    let digest = hasher.finish()
    guard digest == descriptor.digest else { throw wrong("digest mismatch: the bytes have \(digest)") }
    state = .verified
  }

  private func wrong(_ problem: String) -> Failure {
    Failure(.invalid, descriptor.digest.description, problem)
  }

  /// All the bytes; `descriptor.size` must be bounded by the caller.
  public func readAll() throws(Failure) -> [UInt8] {
    var all: [UInt8] = []
    all.reserveCapacity(Int(min(descriptor.size, 4 << 20)))
    while let bytes = try next() { all.append(contentsOf: bytes) }
    return all
  }
}
