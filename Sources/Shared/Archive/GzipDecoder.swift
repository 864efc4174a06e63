import CISAL
import System

/// Members of RFC 1952, by ISA-L, which verifies CRC-32 and length.
final class GzipDecoder: MemberDecoder {
  static let zerosBehind = 1

  private let name: String
  private let state: UnsafeMutablePointer<inflate_state>
  private var header: GzipHeader

  init(_ name: String) {
    self.name = name
    header = GzipHeader(name)
    state = .allocate(capacity: 1)
    state.initialize(to: inflate_state())
    isal_inflate_init(state)
  }

  deinit { state.deallocate() }

  func start() {
    header = GzipHeader(name)
    isal_inflate_reset(state)
    state.pointee.crc_flag = UInt32(ISAL_GZIP_NO_HDR_VER)
  }

  func decode(
    _ input: inout UnsafeRawBufferPointer, into output: inout UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Bool {
    guard try header.read(&input) else { return false }
    // ISA-L does not write to its input.
    state.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    state.pointee.avail_in = UInt32(clamping: input.count)
    state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_out = UInt32(clamping: output.count)
    let status = isal_inflate(state)
    let (inputLeft, outputLeft) = (Int(state.pointee.avail_in), Int(state.pointee.avail_out))
    switch status {
    // Behind an error the counts mean nothing: they may even be below zero.
    case ISAL_DECOMP_OK where inputLeft <= input.count && outputLeft <= output.count:
      input.drop(min(input.count, Int(UInt32.max)) - inputLeft)
      output.drop(min(output.count, Int(UInt32.max)) - outputLeft)
      return state.pointee.block_state == ISAL_BLOCK_FINISH
    case ISAL_INCORRECT_CHECKSUM:
      throw Failure(.invalid, name, "gzip checksum or length mismatch")
    default: throw Failure(.invalid, name, "corrupt gzip data", cause: "isal_inflate: \(status)")
    }
  }
}
