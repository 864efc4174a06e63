// Stores one small image in a layout, so that tests can kill it, or let its system calls fail, one by one.
//
//   layout-probe LAYOUT NAME [SEED]
//
// Its layer is the same for equal seeds; its config differs by NAME.

import Glibc
import Image
import Layout
import System
import Verification

/// The layer in three pieces, as a network would bring it.
final class Pieces: ByteReader {
  private var rest: ArraySlice<UInt8>
  private let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 20_000, alignment: 1)

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  func next() throws(Failure) -> UnsafeRawBufferPointer? {
    guard !rest.isEmpty else { return nil }
    let count = min(piece.count, rest.count)
    piece.copyBytes(from: rest.prefix(count))
    rest = rest.dropFirst(count)
    return UnsafeRawBufferPointer(rebasing: piece[..<count])
  }

  func expectEnd() throws(Failure) {}
}

func store(_ name: String, seed: String, in path: String) throws(Failure) {
  let text = Array("layer \(seed)\n".utf8)
  let layer = [UInt8](Array(repeating: text, count: 60_000 / text.count).joined())
  let config = Array(
    #"{"architecture":"amd64","os":"linux","author":"\#(name)","rootfs":{"type":"layers","diff_ids":["\#(Digest.of(layer))"]}}"#
      .utf8)
  func descriptor(_ bytes: [UInt8], _ type: MediaType) -> Descriptor {
    Descriptor(mediaType: type, digest: .of(bytes), size: UInt64(bytes.count))
  }
  let (layerBlob, configBlob) = (descriptor(layer, .layer), descriptor(config, .imageConfig))
  let manifest = JSON.object([
    "schemaVersion": .number("2"), "mediaType": .string(MediaType.imageManifest.rawValue),
    "config": configBlob.json, "layers": .array([layerBlob.json]),
  ]).encoded()
  let entry = descriptor(manifest, .imageManifest)

  let layout = try LayoutDirectory.openOrCreate(path)
  let lease = try layout.beginWriting()
  try layout.store(layerBlob) { (offset) throws(Failure) in UnverifiedBytes(Pieces(layer[Int(offset)...])) }
  try layout.store(config, configBlob)
  try layout.store(manifest, entry)
  let reference = try Reference(parsing: name)
  try layout.update { index throws(Failure) in index.add([entry.named(reference)]) }
  withExtendedLifetime(lease) {}
}

// Tells the tests which calls of the trace belong to us, not to the loader.
access("/layout-probe-begins", F_OK)
let arguments = CommandLine.arguments
do throws(Failure) {
  try store(arguments[2], seed: arguments.count > 3 ? arguments[3] : "", in: arguments[1])
} catch {
  try? FileDescriptor.standardError.write(Array("\(error.subject): \(error.problem)\n".utf8))
  exit(error.kind.rawValue)
}
