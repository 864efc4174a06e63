import Glibc
import Image
import System
import Verification

/// Gives bytes piece by piece, and takes each piece away as soon as it promised no longer to keep it.
final class PieceReader: ByteReader {
  let retainedCalls: Int
  private let bytes: [UInt8]
  private let pieceSize: Int
  private let failure: (after: Int, Failure)?
  private let surplus: Bool
  private var offset = 0
  private var live: [UnsafeMutableRawBufferPointer] = []

  init(
    _ bytes: [UInt8], by pieceSize: Int = 1000, retaining retainedCalls: Int = 0,
    failing failure: (after: Int, Failure)? = nil, surplus: Bool = false
  ) {
    self.bytes = bytes
    self.pieceSize = pieceSize
    self.retainedCalls = retainedCalls
    self.failure = failure
    self.surplus = surplus
  }

  deinit {
    while !live.isEmpty { withdraw() }
  }

  private func withdraw() {
    // Unmapped: whoever still reads it crashes.
    let piece = live.removeFirst()
    munmap(piece.baseAddress, piece.count)
  }

  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    if let failure, offset >= failure.after { throw failure.1 }
    if live.count > retainedCalls { withdraw() }
    guard offset < bytes.count else { return nil }
    let slice = bytes[offset..<min(bytes.count, offset + pieceSize)]
    let place = mmap(nil, slice.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    let piece = UnsafeMutableRawBufferPointer(start: place, count: slice.count)
    piece.copyBytes(from: slice)
    live.append(piece)
    offset += slice.count
    return UnsafeRawBufferPointer(piece)
  }

  func expectEnd() throws(Failure) {
    if surplus || offset < bytes.count { throw Failure(.invalid, "source", "more bytes follow") }
  }
}

/// What a reader gave before it ended or failed.
func drain(_ reader: VerifiedReader) -> (given: [UInt8], failure: Failure?) {
  var given: [UInt8] = []
  do throws(Failure) {
    while let bytes = try reader.next() { given += bytes }
    return (given, nil)
  } catch { return (given, error) }
}

/// Bytes without a pattern that a mistake in order or offset could hide in.
func sample(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 33)
  }
}

func blob(_ bytes: [UInt8], _ algorithm: Digest.Algorithm = .sha256, size: UInt64? = nil) -> Descriptor {
  Descriptor(
    mediaType: .layer, digest: .of(bytes, by: algorithm), size: size ?? UInt64(bytes.count))
}
