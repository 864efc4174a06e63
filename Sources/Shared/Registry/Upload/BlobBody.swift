import Image
import System
import Transfer
import Verification

/// The verified bytes of a blob in parts, read again from the beginning where it has to go back.
final class BlobBody {
  private let descriptor: Descriptor
  private let source: any ImageSource
  private let advanced: (Int) -> Void
  private var reader: VerifiedReader?
  /// What was read and not sent; valid until the next reading.
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position: UInt64 = 0

  /// The blob `descriptor` of `source`.
  init(_ descriptor: Descriptor, in source: any ImageSource, advanced: @escaping (Int) -> Void) {
    self.descriptor = descriptor
    self.source = source
    self.advanced = advanced
  }

  /// Goes to `offset` and reads what comes there: of a blob of one piece, all is verified then.
  func seek(to offset: UInt64) throws(Failure) {
    if reader == nil || offset < position {
      rest = UnsafeRawBufferPointer(start: nil, count: 0)
      reader = try source.open(descriptor)
      advanced(-Int(clamping: position))
      position = 0
    }
    while position < offset { guard try take(upTo: offset) != nil else { break } }
    try fill()
  }

  /// Sends all up to `end`; ends early where nobody sends any more.
  func send(up end: UInt64, _ outflow: Outflow) throws(Failure) {
    while position < end {
      guard let bytes = try take(upTo: end) else { return }
      guard outflow.write(bytes) else { return }
    }
  }

  private func fill() throws(Failure) {
    guard rest.isEmpty, let reader else { return }
    rest = try reader.next() ?? rest
  }

  /// The next bytes, none of them beyond `end`; nil at the end of the blob.
  private func take(upTo end: UInt64) throws(Failure) -> UnsafeRawBufferPointer? {
    try fill()
    guard !rest.isEmpty else { return nil }
    let count = Int(min(UInt64(rest.count), end - position))
    let bytes = UnsafeRawBufferPointer(rebasing: rest[..<count])
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    position += UInt64(count)
    advanced(count)
    return bytes
  }
}
