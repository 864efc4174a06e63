import Archive
import Image
import Layout
import System
import Verification

/// A layer in its new compression, where it waits to be copied.
struct SpooledLayer: Sendable {
  /// Where its bytes are.
  enum Place: Sendable {
    /// In a spool file, from there on.
    case file(FileDescriptor, start: UInt64)
    case staged(StagedBlob)
    /// Where they go to: they need not be made.
    case nowhere
  }

  /// The layer as it is now.
  private(set) var descriptor: Descriptor
  let place: Place

  /// Packs `layer` of `source`, unless it is known what it becomes.
  init(
    _ layer: Descriptor, of source: any ImageSource, _ conversion: ConvertedSource.Conversion,
    _ spool: SpoolFiles
  ) throws(Failure) {
    descriptor = layer
    guard let packing = conversion.packing(of: layer), let present = layer.mediaType.layerCompression,
      let type = layer.mediaType.compressed(packing.compression)
        ?? layer.mediaType.ociEquivalent.compressed(packing.compression)
    else { preconditionFailure("nothing to pack") }
    descriptor.mediaType = type
    if let known = try conversion.recall(layer, packing) {
      (descriptor.digest, descriptor.size) = (known.digest, known.size)
      place = .nowhere
      return
    }
    let reader = try source.open(layer)
    let plain = Decompressor(present.compression, name: layer.digest.description) { () throws(Failure) in
      try reader.next()
    }
    let packed = UnverifiedBytes(
      ClosureReader(try packing.packer { () throws(Failure) in try plain.next() }))
    (place, descriptor.digest, descriptor.size) = try Self.keep(packed, layer, spool)
    conversion.learned(layer, packing, .init(digest: descriptor.digest, size: descriptor.size))
  }

  private static func keep(
    _ packed: UnverifiedBytes, _ layer: Descriptor, _ spool: SpoolFiles
  ) throws(Failure) -> (Place, Digest, UInt64) {
    if case .layout(let layout) = spool.spool, layout.canStage {
      let blob = try layout.stage(packed, expecting: layer.size)
      return (.staged(blob), blob.digest, blob.size)
    }
    let measured = try MeasuringReader(packed, by: layer.digest.algorithm, expecting: layer.size)
    let (file, start) = try spool.append { () throws(Failure) in try measured.next() }
    return (.file(file, start: start), measured.digest(), measured.count)
  }

  /// The bytes from `offset` on; nil where they are not here.
  func bytes(from offset: UInt64) -> UnverifiedBytes? {
    let size = descriptor.size
    let name = descriptor.digest.description
    switch place {
    case .file(let file, let start):
      return UnverifiedBytes(
        FileReader(file, name, from: start + min(offset, size), to: start + size, endsFile: false))
    case .staged(let blob):
      return UnverifiedBytes(FileReader(blob.file, name, from: min(offset, size), to: size, endsFile: true))
    case .nowhere: return nil
    }
  }
}

/// Files that things are appended to, one at a time each: as many as are ever written at once.
final class SpoolFiles: Sendable {
  /// Where the files are.
  let spool: Spool
  private let idle = Monitor<[(file: FileDescriptor, end: UInt64)]>([])

  /// No files yet.
  init(_ spool: Spool) { self.spool = spool }

  /// Appends what `input` gives until nil to a file; where it begins there.
  func append(
    _ input: () throws(Failure) -> UnsafeRawBufferPointer?
  ) throws(Failure) -> (FileDescriptor, start: UInt64) {
    let known = idle.update { $0.popLast() }
    let file = if let known { known.file } else { try spool.file() }
    let start = known?.end ?? 0
    var end = start
    while let piece = try input() {
      do throws(Errno) { try file.write(piece, at: end) } catch { throw spool.failure(error) }
      end += UInt64(piece.count)
    }
    idle.update { $0.append((file, end)) }
    return (file, start)
  }
}
