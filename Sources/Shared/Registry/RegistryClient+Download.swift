import Image
import System
import Verification

/// What a server says of a file besides its bytes.
public struct DownloadedHead: Sendable {
  /// The name that it gives it (Content-Disposition); nil where it gives none.
  public var name: String?
  /// When it was changed (Last-Modified), as it stood.
  public var modified: String?
}

extension RegistryClient {
  /// Writes the file at `address`, http or https, to `file`; of at most `limit` bytes.
  ///
  /// - Throws: `usage` where it is no address; all that can go wrong with a server.
  public func download(
    _ address: String, to file: FileDescriptor, limit: UInt64 = 1 << 40
  ) throws(Failure) -> DownloadedHead {
    guard let parsed = HTTPAddress(parsing: address) else {
      throw Failure(.usage, address.oneLine, "is no http or https address")
    }
    let exchange = Exchange(
      .file(limit: limit), HTTPRequest(address: parsed), at: [Exchange.Target(address: parsed)],
      policy: options.retry)
    let session = session
    let loop = session.loop
    let delivery = Delivery(options.budget) { loop.stir() }
    delivery.want()
    let answer = Monitor<ExchangeAnswer?>(nil)
    loop.perform {
      session.start(exchange, delivery: delivery) { result in
        if case .success(let value) = result { answer.update { $0 = value } }
        delivery.finish(result.map { _ in })
      }
    }
    let reader = DeliveryReader(delivery, self, parsed.description)
    while let bytes = try reader.next() {
      do { try file.write(bytes) } catch { throw error.failure(parsed.description, doing: "writing") }
    }
    guard let head = answer.update({ $0?.head }) else {
      throw Failure(.failed, parsed.description, "no answer")
    }
    return DownloadedHead(
      name: head["content-disposition"].flatMap(Self.fileName), modified: head["last-modified"])
  }

  /// The file name in a Content-Disposition field (RFC 6266), without any directory.
  static func fileName(in disposition: String) -> String? {
    for part in disposition.split(separator: ";").dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == "filename" else { continue }
      let name = pair[1].filter { $0 != "\"" }.split(separator: "/").last.map(String.init) ?? ""
      let trimmed = String(name.drop { $0 == " " })
      return trimmed.isEmpty || trimmed == "." || trimmed == ".." ? nil : trimmed
    }
    return nil
  }
}
