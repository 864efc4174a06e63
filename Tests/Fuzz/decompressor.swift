import Archive
import System

/// Whatever the pieces in which it comes, a stream decompresses to the same bytes, or to none.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  let compression = Compression.detect(bytes)
  if compression == .none { return 0 }
  let whole = decompressed(bytes, compression, count)
  precondition(decompressed(bytes, compression, 1) == whole)
  precondition(decompressed(bytes, compression, 7) == whole)
  return 0
}

private func decompressed(_ bytes: UnsafeRawBufferPointer, _ compression: Compression, _ piece: Int)
  -> [UInt8]?
{
  var offset = 0
  let decompressor = Decompressor(compression, name: "input") { () throws(Failure) in
    guard offset < bytes.count else { return nil }
    defer { offset = min(bytes.count, offset + piece) }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<min(bytes.count, offset + piece)])
  }
  var all: [UInt8] = []
  do throws(Failure) {
    // A bomb is a matter of time only.
    while all.count < 2 << 20, let piece = try decompressor.next() { all += piece }
    return all
  } catch { return nil }
}
