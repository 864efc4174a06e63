import Glibc
import System

/// Compresses a stream as it is read; the bytes depend on nothing but the method and the input's bytes.
///
/// Neither the pieces in which the input comes nor the number of threads nor the time change them.
public final class Compressor {
  private let encoder: any Encoder

  /// Compresses what `input` gives, piece by piece until nil.
  ///
  /// A piece need only stay until the next one is asked for.
  /// - Parameter threads: how many threads `gzip:1` to `gzip:9` use; by default one for each processor, at most 8.
  /// - Throws: `failed` where threads or memory can't be had.
  public init(
    _ method: CompressionMethod, threads: Int? = nil,
    input: @escaping () throws(Failure) -> UnsafeRawBufferPointer?
  ) throws(Failure) {
    let source = BlockSource(input)
    switch method {
    case .gzip: encoder = FastGzipEncoder(source)
    case .gzipLevel(let level):
      let processors = min(8, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
      encoder = try BlockGzipEncoder(source, level: level, threads: max(1, threads ?? processors))
    case .zstd(let level): encoder = try ZstdEncoder(source, level: level)
    }
  }

  /// The next compressed bytes, at least one, valid until the next call; nil at the end.
  public func next() throws(Failure) -> UnsafeRawBufferPointer? { try encoder.next() }
}

/// One way of compressing.
protocol Encoder: AnyObject {
  /// The next compressed bytes, at least one, valid until the next call; nil at the end.
  func next() throws(Failure) -> UnsafeRawBufferPointer?
}

/// The beginning of every gzip member that is written: no name, no time, an unknown system (RFC 1952, 2.3).
let gzipHeader: [UInt8] = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff]
