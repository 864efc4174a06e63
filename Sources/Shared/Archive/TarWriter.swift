import System

/// Writes a tar whose bytes depend on nothing but what is put in (ustar, with pax records where ustar is too small).
///
/// Members without a header of their own have modes 0644, 0755 and 0777, owner 0:0 and time 0; none has its owner's
/// name. A writer that is dropped before `finish()`
/// leaves a stream without its end; `abandon()` leaves one that every reader finds broken.
public final class TarWriter {
  /// SOURCE_DATE_EPOCH: members written later get this time, seconds since 1970.
  public var latest: Int64?
  private let output: (UnsafeRawBufferPointer) throws(Failure) -> Void
  private let name: String
  /// Headers and short bodies that wait for company.
  private var waiting: [UInt8] = []
  /// The bytes that the member under way still has to get.
  private var missing: UInt64?
  private var padding = 0

  /// Bytes at least this many go out on their own, without being copied.
  private static let longEnough = 64 << 10
  private static let zeros = [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)

  /// A writer to `output`, called `name` in errors.
  public convenience init(output: FileDescriptor, name: String) {
    output.widenPipe()
    self.init(name: name) { (bytes) throws(Failure) in
      do throws(Errno) { try output.write(bytes) } catch { throw error.failure(name) }
    }
  }

  /// A writer that gives the tar to `output`, piece by piece, each valid during the call only.
  public init(name: String, output: @escaping (UnsafeRawBufferPointer) throws(Failure) -> Void) {
    self.output = output
    self.name = name
    waiting.reserveCapacity(Self.longEnough)
  }

  /// Adds a member that has no body.
  public func member(_ header: TarHeader) throws(Failure) {
    precondition(header.size == 0, "a member with a body is begun")
    try member(clamped(header).blocks)
  }

  /// Adds a directory.
  public func directory(_ path: String) throws(Failure) {
    try member(TarHeader(.directory, path: path.hasSuffix("/") ? path : path + "/"))
  }

  /// Adds a symbolic link to `target`.
  public func symlink(_ path: String, to target: String) throws(Failure) {
    try member(TarHeader(.symlink, path: path, target: target))
  }

  /// Adds a file of these bytes.
  public func file(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    try begin(path, size: UInt64(bytes.count))
    missing = 0
    try put(bytes)
    try end()
  }

  /// Begins a file of `size` bytes, which `write` must bring before `end`.
  public func begin(_ path: String, size: UInt64) throws(Failure) {
    try begin(TarHeader(.regular, path: path, size: size))
  }

  /// Begins a file of the header's size, which `write` must bring before `end`.
  public func begin(_ header: TarHeader) throws(Failure) {
    try member(clamped(header).blocks)
    missing = header.size
    padding = TarHeader.padding(after: header.size)
  }

  /// Adds `bytes` to the file under way.
  ///
  /// - Throws: `invalid` where they are more than its size; nothing of them is written then.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    guard let missing else { preconditionFailure("no member has begun") }
    guard UInt64(bytes.count) <= missing else {
      throw Failure(.invalid, name, "a member gets \(UInt64(bytes.count) - missing) bytes more than its size")
    }
    self.missing = missing - UInt64(bytes.count)
    if bytes.count >= Self.longEnough {
      try flush()
      try output(bytes)
    } else {
      try put(bytes)
    }
  }

  /// Ends the file under way.
  ///
  /// - Throws: `invalid` where it got fewer bytes than its size.
  public func end() throws(Failure) {
    guard let missing else { preconditionFailure("no member has begun") }
    guard missing == 0 else {
      throw Failure(.invalid, name, "a member gets \(missing) bytes less than its size")
    }
    try put(Self.zeros.prefix(padding))
    self.missing = nil
  }

  /// Writes the end-of-archive blocks and whatever still waits.
  public func finish() throws(Failure) {
    try member(Self.zeros)
    try flush()
  }

  /// Makes the stream end inside a member, so that no reader takes it for whole; errors are of no interest any more.
  ///
  /// Most readers of tar don't miss the end-of-archive blocks.
  public func abandon() {
    do throws(Failure) {
      if missing == 0 { try end() }
      if missing == nil { try begin("incomplete", size: 1) }
      try flush()
    } catch {}
  }

  private func clamped(_ header: TarHeader) -> TarHeader {
    guard let latest, header.modified >= latest else { return header }
    var header = header
    (header.modified, header.nanoseconds) = (latest, 0)
    return header
  }

  private func member(_ blocks: [UInt8]) throws(Failure) {
    precondition(missing == nil, "a member is under way")
    try put(blocks)
  }

  private func put(_ bytes: some Collection<UInt8>) throws(Failure) {
    waiting.append(contentsOf: bytes)
    if waiting.count >= Self.longEnough { try flush() }
  }

  private func flush() throws(Failure) {
    guard !waiting.isEmpty else { return }
    try waiting.withUnsafeBytes { bytes in
      Result { () throws(Failure) in try output(bytes) }
    }.get()
    waiting.removeAll(keepingCapacity: true)
  }
}
