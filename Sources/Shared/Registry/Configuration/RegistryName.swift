import Image
import System

/// The beginning of an image's name, as `prefix` and `location` in registries.conf give it: a host, and perhaps
/// namespaces, a repository, a tag and a digest.
struct RegistryName: Hashable, Sendable {
  /// The host, then any part of the path.
  let name: String
  let tag: String?
  let digest: Digest?

  /// The name in `text`; nil where it does not begin with a host or is out of Docker's grammar.
  init?(_ text: String) {
    var text = Substring(text)
    while text.last == "/" { text.removeLast() }
    let last = text.lastIndex(of: "/").map { text[$0...] } ?? ""
    let end = last.firstIndex { $0 == ":" || $0 == "@" }
    let name = text[..<(end ?? text.endIndex)]
    // Any namespace becomes a reference by one more component.
    guard let reference = try? Reference(parsing: end == nil ? name + "/x" : String(text)),
      Host(reference.domain) != nil, name == reference.domain || name.hasPrefix(reference.domain + "/")
    else { return nil }
    self.name = String(name)
    tag = end == nil ? nil : reference.tag
    digest = reference.digest
  }

  /// A host alone, without a port; nil where `host` is none.
  init?(host: String) {
    guard let parsed = Host(host), parsed.port == nil else { return nil }
    name = host
    tag = nil
    digest = nil
  }

  /// The name as it is written.
  var text: String { name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }
}
