import System

/// Decompresses a stream as it is read: whole, checked, in bounded memory.
///
/// Every member's checksum and length is verified; several members (RFC 1952, 2.2) or frames are one stream. Input
/// that ends early or goes on with anything else is `invalid`, the zeros that gzip(1) and xz(1) ignore excepted.
/// zstd windows above 8 MiB and xz dictionaries above 32 MiB are refused.
public final class Decompressor {
  /// For how many further calls of `next()` the bytes of one call stay where they are.
  ///
  /// Without compression the bytes are the input's own.
  public static let retainedCalls = 3

  private enum Place {
    case beforeFirst
    case inside
    case between
    case zeros(Int)
  }

  private let name: String
  private let isLenient: Bool
  private let input: () throws(Failure) -> UnsafeRawBufferPointer?
  private let decoder: (any MemberDecoder)?
  private let ring: PieceRing?
  private var place = Place.beforeFirst
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  private var ended = false
  private var broken: Failure?

  /// Decompresses what `input` gives, piece by piece until nil, called `name` in errors.
  ///
  /// A piece need only stay until the next one is asked for.
  ///
  /// - Parameter isLenient: whether bytes before what is damaged are given out, for who wants to know what it was.
  public init(
    _ compression: Compression, name: String, isLenient: Bool = false,
    input: @escaping () throws(Failure) -> UnsafeRawBufferPointer?
  ) {
    self.name = name
    self.isLenient = isLenient
    self.input = input
    decoder =
      switch compression {
      case .none: nil
      case .gzip: GzipDecoder(name)
      case .zstd: ZstdDecoder(name)
      case .xz: XzDecoder(name)
      case .bzip2: Bzip2Decoder(name)
      }
    ring = compression == .none ? nil : PieceRing(retaining: Self.retainedCalls)
  }

  /// The next bytes, at least one; nil at the end.
  ///
  /// With compression, all pieces but the last have the same size, a multiple of a tar's block.
  public func next() throws(Failure) -> UnsafeRawBufferPointer? {
    guard let decoder, let ring else { return try input() }
    if let broken { throw broken }
    if ended { return nil }
    let piece = ring.next()
    var room = piece
    do { try fill(&room, decoder) } catch {
      broken = error
      guard isLenient, room.count < piece.count else { throw error }
    }
    let count = piece.count - room.count
    return count == 0 ? nil : UnsafeRawBufferPointer(rebasing: piece[..<count])
  }

  private func fill(
    _ room: inout UnsafeMutableRawBufferPointer, _ decoder: any MemberDecoder
  ) throws(Failure) {
    while !room.isEmpty {
      if try step(decoder, into: &room) { continue }
      guard let more = try input() else {
        try expectEnd(type(of: decoder).zerosBehind)
        ended = true
        return
      }
      rest = more
    }
  }

  /// Goes on a step; false where more input is needed.
  private func step(
    _ decoder: any MemberDecoder, into room: inout UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Bool {
    switch place {
    case .inside:
      let before = (rest.count, room.count)
      if try decoder.decode(&rest, into: &room) {
        place = .between
      } else if before == (rest.count, room.count) {
        // Codecs take all they are given: what they left could not be joined with what comes.
        guard rest.isEmpty else { throw Failure(.failed, name, "the decompressor stands still") }
        return false
      }
    case .between where rest.first == 0 && type(of: decoder).zerosBehind > 0:
      place = .zeros(0)
    case .zeros(let count):
      guard rest.allSatisfy({ $0 == 0 }) else { throw surplus }
      place = .zeros((count + rest.count) % type(of: decoder).zerosBehind)
      rest.drop(rest.count)
      return false
    case .beforeFirst, .between:
      guard !rest.isEmpty else { return false }
      try decoder.start()
      place = .inside
    }
    return true
  }

  private func expectEnd(_ zerosBehind: Int) throws(Failure) {
    switch place {
    case .beforeFirst: throw Failure(.invalid, name, "empty where compressed data should be")
    case .inside: throw Failure(.invalid, name, "ends inside its compressed data")
    case .between: break
    case .zeros(let count): guard count == 0 else { throw surplus }
    }
  }

  private var surplus: Failure { Failure(.invalid, name, "something follows its compressed data") }
}
