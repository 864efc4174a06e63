import Archive
import Image
import Layout
import System
import Verification

/// Images whose manifests are rewritten on the way: other types, layers compressed otherwise; configs stay.
///
/// A manifest stands before its layers and names their digests, so what is compressed anew is spooled first, to an
/// unlinked file.
public final class ConvertedSource: ImageSource, @unchecked Sendable {
  // Not parallel: only ever used by one thread.

  /// What is rewritten.
  public struct Conversion: Sendable {
    /// Whether Docker's types become those of the image-spec.
    public var toOCI: Bool
    /// How layers are to be packed; nil: as they are.
    public var packing: LayerPacking?

    /// Whether there is anything to do.
    public var changesAnything: Bool { toOCI || packing != nil }

    /// A conversion.
    public init(toOCI: Bool = false, packing: LayerPacking? = nil) {
      self.toOCI = toOCI
      self.packing = packing
    }
  }

  private let base: any ImageSource
  private let conversion: Conversion
  private let absent: Set<Digest>
  private let spool: Spool
  private var spoolFile: FileDescriptor?
  private var spooled: UInt64 = 0
  private var documents: [Digest: [UInt8]] = [:]
  private var regions: [Digest: Range<UInt64>] = [:]
  private var staged: [Digest: StagedBlob] = [:]
  /// What was converted already, by the digest it had.
  private var converted: [Digest: Descriptor] = [:]

  /// The images of `base`, converted; what they share is converted once.
  ///
  /// - Parameters:
  ///   - absent: what the base says it lacks.
  ///   - spool: where layers that are compressed anew wait.
  public init(_ base: any ImageSource, _ conversion: Conversion, absent: [Digest], spool: Spool) {
    self.base = base
    self.conversion = conversion
    self.absent = Set(absent)
    self.spool = spool
  }

  /// What is to be copied in place of `item`, an image of the base: the same image, converted.
  public func item(_ item: ImageCopy.Item) throws(Failure) -> ImageCopy.Item {
    ImageCopy.Item(try convert(item.entry), from: self, called: item.name, absent: item.absent)
  }

  /// One thread, in canonical order.
  public var isParallel: Bool { false }

  /// The entry of an image after its conversion; the same where nothing had to be changed.
  private func convert(_ entry: Descriptor) throws(Failure) -> Descriptor {
    // Depth first: a document is rewritten once all that it names were.
    for document in try ImageGraph(entry, in: base, incomplete: true).documents.reversed()
    where converted[document.descriptor.digest] == nil {
      let old = document.descriptor
      converted[old.digest] =
        try old.mediaType.isIndex
        ? convertIndex(old, document.bytes) : convertManifest(old, document.bytes)
    }
    return replaced(entry)
  }

  private func convertManifest(_ old: Descriptor, _ bytes: [UInt8]) throws(Failure) -> Descriptor {
    let manifest = try Manifest(raw: bytes, mediaType: old.mediaType)
    // Zstandard layers have no type of Docker's own that its own tools would take.
    let toOCI = conversion.toOCI || conversion.packing?.compression == .zstd
    var config = manifest.config
    if config.size <= documentLimit, !absent.contains(config.digest), documents[config.digest] == nil {
      documents[config.digest] = try base.document(config)
    }
    if toOCI { config.mediaType = config.mediaType.ociEquivalent }
    var layers: [Descriptor] = []
    for var layer in manifest.layers {
      if toOCI { layer.mediaType = layer.mediaType.ociEquivalent }
      layers.append(try convertLayer(layer))
    }
    let type = toOCI ? old.mediaType.ociEquivalent : old.mediaType
    guard type != old.mediaType || config != manifest.config || layers != manifest.layers else { return old }
    let new = try manifest.replacing(mediaType: type, config: config, layers: layers)
    return store(new.raw, as: old, type)
  }

  private func convertIndex(_ old: Descriptor, _ bytes: [UInt8]) throws(Failure) -> Descriptor {
    let index = try Index(raw: bytes, mediaType: old.mediaType)
    let type = conversion.toOCI ? old.mediaType.ociEquivalent : old.mediaType
    let entries = index.manifests.map(replaced)
    guard type != old.mediaType || entries != index.manifests else { return old }
    let new = try index.replacing(mediaType: type, manifests: entries)
    return store(new.raw, as: old, type)
  }

  /// The descriptor with what its target has become, and with what an attestation refers to.
  private func replaced(_ old: Descriptor) -> Descriptor {
    var entry = old
    if let new = converted[old.digest] {
      entry.mediaType = new.mediaType
      entry.digest = new.digest
      entry.size = new.size
    }
    let reference = AnnotationKey.dockerReferenceDigest
    if let about = old.annotations[reference].flatMap({ Digest($0) }), let new = converted[about] {
      entry.annotations[reference] = new.digest.description
    }
    return entry
  }

  private func store(_ bytes: [UInt8], as old: Descriptor, _ type: MediaType) -> Descriptor {
    var descriptor = old
    descriptor.mediaType = type
    descriptor.digest = .of(bytes, by: old.digest.algorithm)
    descriptor.size = UInt64(bytes.count)
    documents[descriptor.digest] = bytes
    return descriptor
  }

  private func convertLayer(_ layer: Descriptor) throws(Failure) -> Descriptor {
    guard let packing = conversion.packing, let present = layer.mediaType.layerCompression,
      present != packing.compression, !layer.mediaType.isNondistributable, !absent.contains(layer.digest),
      let type = layer.mediaType.compressed(packing.compression)
    else { return layer }
    if let known = converted[layer.digest] {
      var new = layer
      (new.mediaType, new.digest, new.size) = (known.mediaType, known.digest, known.size)
      return new
    }
    var new = layer
    new.mediaType = type
    (new.digest, new.size) = try repack(layer, present, packing)
    converted[layer.digest] = new
    return new
  }

  /// Spools the layer in its new compression; the digest and size that it has there.
  private func repack(
    _ layer: Descriptor, _ present: LayerCompression, _ packing: LayerPacking
  ) throws(Failure) -> (Digest, UInt64) {
    let name = layer.digest.description
    let reader = try base.open(layer)
    let plain = Decompressor(present.compression, name: name) { () throws(Failure) in try reader.next() }
    let packed = UnverifiedBytes(
      ClosureReader(try packing.packer { () throws(Failure) in try plain.next() }))
    if case .layout(let layout) = spool, layout.canStage {
      let blob = try layout.stage(packed, expecting: layer.size)
      staged[blob.digest] = blob
      return (blob.digest, blob.size)
    }
    let file = try openSpoolFile()
    let start = spooled
    let measured = try MeasuringReader(packed, by: layer.digest.algorithm, expecting: layer.size)
    while let piece = try measured.next() {
      do throws(Errno) { try file.write(piece, at: spooled) } catch { throw spool.failure(error) }
      spooled += UInt64(piece.count)
    }
    let digest = measured.digest()
    regions[digest] = start..<spooled
    return (digest, spooled - start)
  }

  private func openSpoolFile() throws(Failure) -> FileDescriptor {
    if let spoolFile { return spoolFile }
    let file = try spool.file()
    spoolFile = file
    return file
  }

  /// What was rewritten or spooled; all else as the base has it.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    if let document = documents[descriptor.digest] {
      return UnverifiedBytes(MemoryReader(document.dropFirst(Int(clamping: offset))))
    }
    if let spoolFile, let region = regions[descriptor.digest] {
      return UnverifiedBytes(
        FileReader(
          spoolFile, descriptor.digest.description, from: min(region.lowerBound + offset, region.upperBound),
          to: region.upperBound, endsFile: false))
    }
    if let blob = staged[descriptor.digest] {
      return UnverifiedBytes(
        FileReader(
          blob.file, descriptor.digest.description, from: min(offset, blob.size), to: blob.size,
          endsFile: true))
    }
    return try base.bytes(of: descriptor, from: offset)
  }

  /// A layer that was compressed anew, or what the base has staged.
  public func staged(_ descriptor: Descriptor) throws(Failure) -> StagedBlob? {
    if let blob = staged[descriptor.digest] { return blob }
    return try base.staged(descriptor)
  }

  /// The base ends as it should.
  public func finish(_ images: [CopiedImage]) throws(Failure) { try base.finish(images) }
}

/// The pieces that a closure gives, one valid until the next.
private final class ClosureReader: ByteReader {
  private let give: () throws(Failure) -> UnsafeRawBufferPointer?

  init(_ give: @escaping () throws(Failure) -> UnsafeRawBufferPointer?) { self.give = give }

  func next() throws(Failure) -> UnsafeRawBufferPointer? { try give() }

  func expectEnd() throws(Failure) {}
}
