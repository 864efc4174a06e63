import Image
import System
import Transfer
import Verification

/// A repository of a registry as the writing end of a copy: blobs first, manifests after them, tags last.
public final class RegistryDestination: ImageDestination {
  /// What it needs to know and to tell besides the blobs.
  public struct Memory: Sendable {
    /// A repository (its path) of the same registry that most likely has the blob.
    public var source: @Sendable (Digest) -> String?
    /// Told of blobs that this repository has got.
    public var arrived: @Sendable (Digest) -> Void

    /// A memory of these.
    public init(
      source: @escaping @Sendable (Digest) -> String?, arrived: @escaping @Sendable (Digest) -> Void
    ) {
      self.source = source
      self.arrived = arrived
    }

    /// Knows nothing.
    public static let none = Memory(source: { _ in nil }, arrived: { _ in })
  }

  private let client: RegistryClient
  private let target: PushTarget
  private let presence: Presence
  private let uploads: Uploads
  private let references: [Reference]
  private let pool: WorkPool

  /// Writes to the one repository of `references`, where the image gets each of their tags.
  public init(
    _ client: RegistryClient, _ references: [Reference], observer: (any TransferObserver)?,
    memory: Memory = .none
  ) throws(Failure) {
    precondition(!references.isEmpty)
    self.client = client
    self.references = references
    target = try PushTarget(references[0], client.configuration)
    presence = Presence(client, target)
    uploads = Uploads(client: client, target: target, observer: observer, memory: memory)
    pool = WorkPool(limit: client.options.parallel)
  }

  /// Blobs come in any order.
  public var isSequential: Bool { false }

  /// Asks the registry for all that the image reaches, several things at once, before it is asked one by one.
  public func announce(_ graph: ImageGraph) {
    presence.announce(
      graph.blobs.map(Self.path) + graph.documents.dropFirst().map { Self.path($0.descriptor) }
        + references.compactMap(\.tag).map { "manifests/\($0)" })
  }

  /// The question of `has`, for any thread.
  public var asking: @Sendable (Descriptor) throws(Failure) -> Bool {
    let (presence, name) = (presence, references[0].familiarName)
    return { (descriptor) throws(Failure) in
      do throws(Failure) {
        guard let answer = try presence.answer(Self.path(descriptor)) else { return false }
        return answer.head.contentLength.map { $0 == descriptor.size } ?? true
      } catch { throw error.about(name) }
    }
  }

  /// Nothing is to be done before blobs come.
  public func begin(_ entries: [Descriptor], absent: [Digest]) throws(Failure) {}

  private static func path(_ descriptor: Descriptor) -> String {
    "\(descriptor.isDocument ? "manifests" : "blobs")/\(descriptor.digest)"
  }

  /// Whether the registry says that it has the blob, in its size; manifests need not be moved before the end.
  public func has(_ descriptor: Descriptor) throws(Failure) -> Bool {
    if descriptor.isDocument { return true }
    return try asking(descriptor)
  }

  /// Sends a config.
  public func put(_ descriptor: Descriptor, document: [UInt8]) throws(Failure) {
    try uploads.upload(descriptor, from: MemorySource(document), isRereadable: true)
  }

  /// Sends a blob, beside others where the source can give several at once.
  public func put(_ descriptor: Descriptor, from source: any ImageSource) throws(Failure) {
    let isParallel = source.isParallel
    let uploads = uploads
    let job: WorkPool.Job = {
      do throws(Failure) {
        try uploads.upload(descriptor, from: source, isRereadable: isParallel)
        return .success(())
      } catch { return .failure(error) }
    }
    if isParallel { try pool.add(job) } else { try job().get() }
  }

  /// Puts the manifests, those that an index lists before it, the tags last.
  public func finish(_ images: [CopiedImage], absent: [Digest]) throws(Failure) {
    try pool.finish()
    for image in images {
      try checkMissing(image.graph.missing)
      for document in image.graph.documents.reversed() {
        let descriptor = document.descriptor
        if descriptor.digest == image.entry.digest {
          for reference in references { try tag(document, as: reference) }
        } else if try !asking(descriptor) {
          try put(document, as: descriptor.digest.description)
        }
      }
    }
  }

  /// What stays behind is what the next push finds.
  public func abandon() {}

  /// A registry takes no index whose manifests it lacks.
  private func checkMissing(_ missing: [Descriptor]) throws(Failure) {
    for descriptor in missing where try !asking(descriptor) {
      let platform = descriptor.platform.map { " (\($0))" } ?? ""
      throw Failure(
        .notFound, descriptor.digest.description,
        "the index lists this manifest\(platform), which is not there; --platform takes one that is")
    }
  }
}

extension RegistryDestination {
  /// Puts the root of an image under the tag, unless it is there.
  private func tag(_ document: ImageGraph.Document, as reference: Reference) throws(Failure) {
    let digest = document.descriptor.digest
    do throws(Failure) {
      if let asked = reference.digest, asked != digest {
        throw Failure(.usage, "", "the image is \(digest)")
      }
      let label = reference.tag ?? digest.description
      if let answer = try presence.answer("manifests/\(label)"),
        answer.head["docker-content-digest"].flatMap({ Digest($0) }) == digest,
        answer.head.contentType == document.descriptor.mediaType.rawValue
      {
        return
      }
      try put(document, as: label)
    } catch { throw error.about(reference.familiarName) }
  }

  private func put(_ document: ImageGraph.Document, as label: String) throws(Failure) {
    let target = try target.target("manifests/\(label)")
    var request = HTTPRequest(method: .put, address: target.address)
    request.fields = [
      HTTPRequest.Field(name: "Content-Type", value: document.descriptor.mediaType.rawValue),
      HTTPRequest.Field(name: "Expect", value: ""),
    ]
    request.body = document.bytes
    do throws(Failure) {
      let answer = try client.perform(
        Exchange(.change([200, 201, 202, 204]), request, at: [target], policy: client.options.retry))
      guard let text = answer.head["docker-content-digest"] else { return }
      let digest = document.descriptor.digest
      guard let stored = Digest(text), stored.algorithm != digest.algorithm || stored == digest else {
        throw Failure(.invalid, "", "\(answer.address.authority) has stored it as \(text.excerpt)")
      }
    } catch { throw error.about("manifest \(label)") }
  }
}

extension Descriptor {
  fileprivate var isDocument: Bool { mediaType.isManifest || mediaType.isIndex }
}

/// Uploads of single blobs, by any thread.
private struct Uploads: Sendable {
  let client: RegistryClient
  let target: PushTarget
  let observer: (any TransferObserver)?
  let memory: RegistryDestination.Memory

  func upload(_ descriptor: Descriptor, from source: any ImageSource, isRereadable: Bool) throws(Failure) {
    let upload = BlobUpload(
      descriptor, from: source, isRereadable: isRereadable, to: target, client,
      mountSource: memory.source(descriptor.digest).flatMap { $0 == target.path ? nil : $0 },
      advanced: { observer?.advanced(descriptor, by: $0) })
    let origin = try upload.run()
    memory.arrived(descriptor.digest)
    if let origin {
      observer?.mounted(descriptor, from: origin)
    } else {
      observer?.completed(descriptor)
    }
  }
}

/// One document that is in memory.
private final class MemorySource: ImageSource {
  let isParallel = true
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    UnverifiedBytes(MemoryReader(bytes.dropFirst(Int(clamping: offset))))
  }
}
