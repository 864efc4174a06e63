import Image
import System
import Verification

/// The blobs of a layout that descriptors reach: through indexes and manifests, and through documents of types that
/// are not known here, of which everything is kept that looks like a reference.
struct Reachability {
  /// How a document was gone through; the same digest may be listed as a layer first and as a manifest later.
  private struct Visit: Hashable {
    let digest: Digest
    let mediaType: MediaType
  }

  /// The deepest nesting of documents.
  private static let deepestNesting = 8

  /// What is reached, in the order in which it was found.
  private(set) var order: [Digest] = []
  private(set) var digests: Set<Digest> = []
  private var visited: Set<Visit> = []
  private let layout: LayoutDirectory

  /// Nothing is reached yet in `layout`.
  init(in layout: LayoutDirectory) { self.layout = layout }

  /// Adds all that an entry of `index.json` reaches.
  ///
  /// - Throws: `invalid` where that can't be known, as a document is broken or missing.
  mutating func add(_ entry: Descriptor) throws(Failure) {
    do { try add(entry, depth: 0) } catch {
      var failure = error
      if failure.kind == .notFound { failure.kind = .invalid }
      if failure.subject == layout.path { failure.subject = "" }
      throw failure.about(entry.shortName ?? entry.digest.description).about(layout.path)
    }
  }

  private mutating func add(_ descriptor: Descriptor, depth: Int) throws(Failure) {
    if digests.insert(descriptor.digest).inserted { order.append(descriptor.digest) }
    let type = descriptor.mediaType
    let isTyped = type.isIndex || type.isManifest
    // An entry of an index that is neither may be a document all the same: a schema that others know.
    guard isTyped || Self.mayRefer(descriptor),
      visited.insert(Visit(digest: descriptor.digest, mediaType: type)).inserted
    else { return }
    guard depth <= Self.deepestNesting else {
      throw Failure(.invalid, descriptor.digest.description, "indexes are nested too deep")
    }
    guard let raw = try document(descriptor, mayBeMissing: depth > 0) else { return }
    do throws(Failure) {
      if type.isIndex {
        let index = try Index(raw: raw, mediaType: type)
        for entry in index.manifests { try add(entry, depth: depth + 1) }
      } else if type.isManifest {
        let manifest = try Manifest(raw: raw, mediaType: type)
        for blob in [manifest.config] + manifest.layers where digests.insert(blob.digest).inserted {
          order.append(blob.digest)
        }
      } else if let value = try? JSON(parsing: raw) {
        addReferences(in: value)
      }
    } catch { throw error.about(descriptor.digest.description) }
  }

  /// Whether something of a type that is not known here is looked into; what is no small JSON refers to nothing.
  private static func mayRefer(_ descriptor: Descriptor) -> Bool {
    let type = descriptor.mediaType
    return (type.rawValue.hasSuffix("json") || type.isSchema1) && descriptor.size <= UInt64(JSON.sizeLimit)
  }

  /// The verified bytes; nil where they are missing and may be, as other platforms of an index often are.
  private func document(_ descriptor: Descriptor, mayBeMissing: Bool) throws(Failure) -> [UInt8]? {
    guard descriptor.size <= UInt64(JSON.sizeLimit) else {
      throw Failure(
        .invalid, descriptor.digest.description, "\(descriptor.size) bytes are too many for a document")
    }
    do { return try VerifiedReader(descriptor, layout.bytes(of: descriptor)).readAll() } catch {
      if mayBeMissing, error.kind == .notFound { return nil }
      throw error
    }
  }

  /// Every string that is a digest: better too much than too little.
  private mutating func addReferences(in value: JSON) {
    switch value {
    case .string(let text):
      if let digest = Digest(text), digests.insert(digest).inserted { order.append(digest) }
    case .array(let elements): for element in elements { addReferences(in: element) }
    case .object(let object): for member in object.members { addReferences(in: member.value) }
    case .null, .bool, .number: break
    }
  }
}
