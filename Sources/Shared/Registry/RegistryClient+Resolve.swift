import Image
import System
import Transfer
import Verification

/// What a reference stands for in its registry.
public struct Resolved: Sendable {
  /// What was asked for.
  public var reference: Reference
  /// The manifest or index: its type, and the digest and size of its bytes.
  public var descriptor: Descriptor
  /// The bytes as served.
  public var raw: [UInt8]
}

extension RegistryClient {
  private static func request(_ method: HTTPRequest.Method, _ target: Exchange.Target) -> HTTPRequest {
    HTTPRequest(
      method: method, address: target.address,
      fields: [HTTPRequest.Field(name: "Accept", value: MediaType.documentsAccepted)])
  }

  private func manifest(_ method: HTTPRequest.Method, _ want: Exchange.Want, _ reference: Reference)
    throws(Failure) -> ExchangeAnswer
  {
    let name = reference.familiarName
    do throws(Failure) {
      let label = reference.digest?.description ?? reference.tag ?? "latest"
      let targets = try configuration.targets(reference, "manifests/\(label)")
      return try perform(
        Exchange(want, Self.request(method, targets[0]), at: targets, policy: options.retry))
    } catch { throw error.about(name) }
  }

  /// Fetches the manifest or index that `reference` stands for.
  ///
  /// - Throws: `notFound`; `invalid` where it is not what the digest says, or no manifest.
  public func resolve(_ reference: Reference) throws(Failure) -> Resolved {
    let limit = Int(documentLimit)
    let answer = try manifest(.get, .document(limit: limit), reference)
    do throws(Failure) {
      let digest = Digest.of(answer.body, by: reference.digest?.algorithm ?? .sha256)
      if let expected = reference.digest, expected != digest {
        throw Failure(.invalid, "", "digest mismatch: the bytes have \(digest)")
      }
      let type = try Self.mediaType(of: answer)
      if type.isIndex {
        _ = try Index(raw: answer.body, mediaType: type)
      } else {
        _ = try Manifest(raw: answer.body, mediaType: type)
      }
      let descriptor = Descriptor(mediaType: type, digest: digest, size: UInt64(answer.body.count))
      return Resolved(reference: reference, descriptor: descriptor, raw: answer.body)
    } catch { throw error.about(reference.familiarName) }
  }

  /// The type of a document: the server's word, or, where it has none for such documents, the document's own.
  private static func mediaType(of answer: ExchangeAnswer) throws(Failure) -> MediaType {
    let type = answer.head.contentType ?? ""
    switch type {
    case "", "application/json", "application/octet-stream", "text/plain", "binary/octet-stream":
      let document = try JSON(parsing: answer.body)
      if let own = document["mediaType"]?.string { return MediaType(rawValue: own) }
      return document["manifests"] == nil ? .imageManifest : .imageIndex
    default:
      let known = MediaType(rawValue: type)
      guard known.isIndex || known.isManifest || known.isSchema1 else {
        throw Failure(.invalid, "", "\(type.excerpt) came where a manifest should be")
      }
      return known
    }
  }

  /// The digest that the registry says `reference` has now, without fetching anything; nil where it does not say.
  ///
  /// Only good for deciding that nothing is to be done.
  public func head(_ reference: Reference) throws(Failure) -> Digest? {
    let answer = try manifest(.head, .head, reference)
    return answer.head["docker-content-digest"].flatMap { Digest($0) }
  }
}
