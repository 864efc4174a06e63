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
  // Nothing changes after the conversion.

  private let base: any ImageSource
  private let conversion: Conversion
  private let absent: Set<Digest>
  private let spool: SpoolFiles
  private var documents: [Digest: [UInt8]] = [:]
  private var spooled: [Digest: SpooledLayer] = [:]
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
    self.spool = SpoolFiles(spool)
  }

  /// What is to be copied in place of `item`, an image of the base: the same image, converted.
  public func item(_ item: ImageCopy.Item) throws(Failure) -> ImageCopy.Item {
    ImageCopy.Item(try convert(item.entry), from: self, called: item.name, absent: item.absent)
  }

  /// What was converted does not change any more; the rest is as parallel as the base.
  public var isParallel: Bool { base.isParallel }

  /// The entry of an image after its conversion; the same where nothing had to be changed.
  private func convert(_ entry: Descriptor) throws(Failure) -> Descriptor {
    let graph = try ImageGraph(entry, in: base, incomplete: true)
    if base.isParallel { try packLayers(graph.layers.filter { !absent.contains($0.digest) }) }
    // Depth first: a document is rewritten once all that it names were.
    for document in graph.documents.reversed()
    where converted[document.descriptor.digest] == nil && !leavesOut(document.descriptor) {
      let old = document.descriptor
      converted[old.digest] =
        try old.mediaType.isIndex
        ? convertIndex(old, document.bytes) : convertManifest(old, document.bytes)
    }
    return replaced(entry)
  }

  private func convertManifest(_ old: Descriptor, _ bytes: [UInt8]) throws(Failure) -> Descriptor {
    let manifest = try Manifest(raw: bytes, mediaType: old.mediaType)
    var target = conversion
    // Zstandard layers have no type of Docker's own that its own tools would take.
    if target.family == .own, target.packing?.compression == .zstd,
      manifest.layers.contains(where: { conversion.packing(of: $0) != nil })
    {
      target.family = .oci
    }
    var config = manifest.config
    if config.size <= documentLimit, !absent.contains(config.digest), documents[config.digest] == nil {
      documents[config.digest] = try base.document(config)
    }
    config.mediaType = try type(config.mediaType, target)
    var layers: [Descriptor] = []
    for var layer in manifest.layers {
      layer = try packedLayer(layer)
      layer.mediaType = try type(layer.mediaType, target)
      layers.append(layer)
    }
    let type = try type(old.mediaType, target)
    guard type != old.mediaType || config != manifest.config || layers != manifest.layers else { return old }
    let new = try manifest.replacing(mediaType: type, config: config, layers: layers)
    return store(new.raw, as: old, type)
  }

  /// What Docker's lists have no place for.
  private func leavesOut(_ entry: Descriptor) -> Bool { conversion.family == .docker && entry.isAttestation }

  private func type(_ old: MediaType, _ conversion: Conversion) throws(Failure) -> MediaType {
    if let new = conversion.type(old) { return new }
    throw Failure(
      .failed, "",
      old.layerCompression == .zstd
        ? "Docker's format has no zstd layers" : "Docker's format has nothing for \(old)")
  }

  private func convertIndex(_ old: Descriptor, _ bytes: [UInt8]) throws(Failure) -> Descriptor {
    let index = try Index(raw: bytes, mediaType: old.mediaType)
    let type = try type(old.mediaType, conversion)
    let entries = index.manifests.filter { !leavesOut($0) }.map(replaced)
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

  /// Packs several layers at once, so that their manifests find them done.
  private func packLayers(_ layers: [Descriptor]) throws(Failure) {
    let packable = layers.filter { self.conversion.packing(of: $0) != nil && converted[$0.digest] == nil }
    let (base, conversion, spool) = (self.base, self.conversion, self.spool)
    let packed = try concurrently(packable) { (layer) throws(Failure) in
      try SpooledLayer(layer, of: base, conversion, spool)
    }
    for (layer, packed) in zip(packable, packed) { keep(packed, as: layer) }
  }

  private func keep(_ packed: SpooledLayer, as old: Descriptor) {
    converted[old.digest] = packed.descriptor
    spooled[packed.descriptor.digest] = packed
  }

  private func packedLayer(_ layer: Descriptor) throws(Failure) -> Descriptor {
    guard conversion.packing(of: layer) != nil, !absent.contains(layer.digest) else { return layer }
    if converted[layer.digest] == nil {
      keep(try SpooledLayer(layer, of: base, conversion, spool), as: layer)
    }
    guard let known = converted[layer.digest] else { return layer }
    var new = layer
    (new.mediaType, new.digest, new.size) = (known.mediaType, known.digest, known.size)
    return new
  }

  /// What was rewritten or spooled; all else as the base has it.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    if let document = documents[descriptor.digest] {
      return UnverifiedBytes(MemoryReader(document.dropFirst(Int(clamping: offset))))
    }
    if let layer = spooled[descriptor.digest], let bytes = layer.bytes(from: offset) { return bytes }
    return try base.bytes(of: descriptor, from: offset)
  }

  /// A layer that was compressed anew, or what the base has staged.
  public func staged(_ descriptor: Descriptor) throws(Failure) -> StagedBlob? {
    if case .staged(let blob)? = spooled[descriptor.digest]?.place { return blob }
    return try base.staged(descriptor)
  }

  /// The base ends as it should.
  public func finish(_ images: [CopiedImage]) throws(Failure) { try base.finish(images) }
}
