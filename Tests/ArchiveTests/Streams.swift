import System

@testable import Archive

/// The bytes in pieces whose memory is overwritten as soon as the next one is asked for.
func pieces(_ bytes: [UInt8], _ size: Int) -> () throws(Failure) -> UnsafeRawBufferPointer? {
  final class Pieces {
    let memory: UnsafeMutableRawBufferPointer
    init(_ size: Int) { memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16) }
    var offset = 0
    deinit { memory.deallocate() }
  }
  let state = Pieces(size)
  return { () throws(Failure) in
    state.memory.initializeMemory(as: UInt8.self, repeating: 0xaa)
    let piece = bytes[state.offset..<min(bytes.count, state.offset + size)]
    state.offset += piece.count
    state.memory.copyBytes(from: piece)
    return piece.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: state.memory[..<piece.count])
  }
}

func compressed(
  _ bytes: [UInt8], _ method: CompressionMethod, chunk: Int = 1 << 20, threads: Int? = nil
) throws -> [UInt8] {
  let compressor = try Compressor(method, threads: threads, input: pieces(bytes, chunk))
  var all: [UInt8] = []
  while let piece = try compressor.next() { all += piece }
  return all
}

func decompressed(_ bytes: [UInt8], _ compression: Compression, chunk: Int = 1 << 20) throws -> [UInt8] {
  let decompressor = Decompressor(compression, name: "input", input: pieces(bytes, chunk))
  var all: [UInt8] = []
  while let piece = try decompressor.next() { all += piece }
  return all
}

/// Bytes that don't compress, always the same.
func noise(_ count: Int) -> [UInt8] {
  var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    for index in 0..<count {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      buffer[index] = UInt8(truncatingIfNeeded: state >> 32)
    }
    initialized = count
  }
}

/// Bytes that compress as those of an image do, always the same; the beginning of the same long text.
func text(_ count: Int) -> [UInt8] {
  precondition(count <= longText.count)
  return Array(longText[..<count])
}

private let longText: [UInt8] = {
  let words = ["layer ", "manifest ", "config\n", "blob ", "sha256:", "index "].map { Array($0.utf8) }
  var bytes: [UInt8] = []
  for choice in noise(500_000) {
    bytes += words[Int(choice) % words.count]
    if choice > 200 { bytes.append(choice) }
  }
  return bytes
}()
