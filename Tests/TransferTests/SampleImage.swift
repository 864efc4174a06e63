import Archive
import Glibc
import Image
import System
import TestSupport
import Testing
import Verification

@testable import Transfer

/// An image made for a test: documents and blobs in memory, itself a source of a copy.
final class SampleImage: ImageSource, @unchecked Sendable {
  private(set) var entry: Descriptor
  private(set) var blobs: [Digest: [UInt8]] = [:]
  private(set) var config: Descriptor
  private(set) var layers: [Descriptor] = []
  /// Every digest that was asked for, in order.
  private(set) var asked: [Digest] = []
  var finished = false
  let isParallel = false

  /// An image of these layers, plain tars as far as their types go.
  init(
    layers contents: [[UInt8]], type: MediaType = .layer, manifestType: MediaType = .imageManifest,
    configType: MediaType = .imageConfig, name: String? = "sample:1", platform: Platform? = nil
  ) throws {
    let diffIDs = contents.map { JSON.string(Digest.of($0).description) }
    var rootfs = JSON.Object()
    rootfs["type"] = .string("layers")
    rootfs["diff_ids"] = .array(diffIDs)
    var object = JSON.Object()
    object["architecture"] = .string(platform?.architecture ?? "amd64")
    object["os"] = .string("linux")
    object["rootfs"] = .object(rootfs)
    let bytes = JSON.object(object).encoded()
    config = Descriptor(mediaType: configType, digest: .of(bytes), size: UInt64(bytes.count))
    blobs[config.digest] = bytes
    for content in contents {
      layers.append(Descriptor(mediaType: type, digest: .of(content), size: UInt64(content.count)))
      blobs[.of(content)] = content
    }
    let manifest = Manifest(mediaType: manifestType, config: config, layers: layers)
    entry = Descriptor(
      mediaType: manifestType, digest: .of(manifest.raw), size: UInt64(manifest.raw.count), platform: platform
    )
    blobs[entry.digest] = manifest.raw
    if let name { entry = entry.named(try Reference(parsing: name)) }
  }

  /// An image with the config of another, and these of its layers.
  init(configOf image: SampleImage, layers: [Descriptor], name: String) throws {
    (config, blobs) = (image.config, image.blobs)
    self.layers = layers
    let manifest = Manifest(mediaType: .imageManifest, config: config, layers: layers)
    entry = Descriptor(
      mediaType: .imageManifest, digest: .of(manifest.raw), size: UInt64(manifest.raw.count)
    )
    .named(try Reference(parsing: name))
    blobs[entry.digest] = manifest.raw
  }

  /// An index of `images`.
  init(indexOf images: [SampleImage], name: String) throws {
    let index = Index(images.map { $0.entry.unnamed() })
    entry = Descriptor(mediaType: .imageIndex, digest: .of(index.raw), size: UInt64(index.raw.count))
      .named(try Reference(parsing: name))
    config = images[0].config
    for image in images { blobs.merge(image.blobs) { $1 } }
    blobs[entry.digest] = index.raw
  }

  func replace(_ digest: Digest, with bytes: [UInt8]?) { blobs[digest] = bytes }

  func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    asked.append(descriptor.digest)
    guard let bytes = blobs[descriptor.digest] else {
      throw Failure(.notFound, descriptor.digest.description, "is missing")
    }
    return UnverifiedBytes(MemoryReader(Array(bytes[Int(offset)...])))
  }

  func finish(_ images: [CopiedImage]) throws(Failure) { finished = true }

  var item: ImageCopy.Item { ImageCopy.Item(entry, from: self, called: "sample") }
}

/// `count` bytes that differ by `seed` and don't compress away.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}

/// The stream of a copy of `items`.
func stream(
  of items: [ImageCopy.Item], docker: DockerManifest? = nil, in scratch: Scratch,
  as name: String = "stream.tar"
) throws -> [UInt8] {
  let file = try FileDescriptor.open(scratch.path(name), O_RDWR | O_CREAT | O_TRUNC)
  let destination = StreamDestination(file, name: name, observer: nil, docker: docker)
  try ImageCopy(to: destination).run(items)
  return try scratch.bytes(name)
}
