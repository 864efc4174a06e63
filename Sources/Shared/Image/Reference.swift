import System

/// The name of an image in a registry, by Docker's grammar: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
///
/// Always whole: the host defaults to `docker.io`, a one-word path there gets `library/`, and the tag is `latest`
/// where there is neither tag nor digest.
public struct Reference: Hashable, Sendable, CustomStringConvertible {
  /// The host, with its port where one was given.
  public let domain: String
  /// The repository's path on that host.
  public let path: String
  /// The tag; nil where only a digest was given.
  public let tag: String?
  /// The digest of the manifest or index.
  public let digest: Digest?

  /// The domain that goes without saying.
  public static let defaultDomain = "docker.io"

  /// `DOMAIN/PATH`.
  public var repository: String { "\(domain)/\(path)" }

  /// The repository as people write it: `busybox` for `docker.io/library/busybox`.
  public var familiarRepository: String {
    guard domain == Self.defaultDomain else { return repository }
    let prefix = "library/"
    guard path.hasPrefix(prefix), !path.dropFirst(prefix.count).contains("/") else { return path }
    return String(path.dropFirst(prefix.count))
  }

  /// The name of the image: repository and tag, or digest where there is no tag.
  public var fullName: String { repository + suffix }

  /// The same as people write it: `busybox:latest`.
  public var familiarName: String { familiarRepository + suffix }

  private var suffix: String { tag.map { ":" + $0 } ?? digest.map { "@\($0)" } ?? "" }

  /// All that is known: `DOMAIN/PATH[:TAG][@DIGEST]`.
  public var description: String {
    repository + (tag.map { ":" + $0 } ?? "") + (digest.map { "@\($0)" } ?? "")
  }
}

extension Reference {
  /// The reference that `text` is.
  ///
  /// - Throws: `usage`, in Docker's words.
  public init(parsing text: String) throws(Failure) {
    func wrong(_ problem: String) -> Failure { Failure(.usage, text.isEmpty ? "''" : text, problem) }
    let invalid = "invalid reference format"
    // Docker would take such a name for an image ID.
    if text.utf8.count == 64, text.utf8.allSatisfy({ ASCII.isHexadecimal($0) && !ASCII.isUpper($0) }) {
      throw wrong("invalid repository name, cannot specify 64-byte hexadecimal strings")
    }
    let at = text.firstIndex(of: "@")
    let (domain, rest) = Self.split(text[..<(at ?? text.endIndex)])
    let colon = rest.firstIndex(of: ":")
    var path = String(rest[..<(colon ?? rest.endIndex)])
    if domain == Self.defaultDomain, !path.contains("/") { path = "library/" + path }
    guard !path.utf8.contains(where: ASCII.isUpper) else {
      throw wrong("\(invalid): repository name must be lowercase")
    }
    guard Self.isDomain(domain), Self.isPath(path) else { throw wrong(invalid) }
    guard path.utf8.count <= 255 else { throw wrong("repository name must not be more than 255 characters") }
    var tag = colon.map { String(rest[rest.index(after: $0)...]) }
    if let tag, !Self.isTag(tag) { throw wrong(invalid) }
    var digest: Digest?
    if let at {
      digest = Digest(text[text.index(after: at)...])
      guard digest != nil else { throw wrong("\(invalid): not a sha256 or sha512 digest after '@'") }
    } else if tag == nil {
      tag = "latest"
    }
    self.init(domain: domain, path: path, tag: tag, digest: digest)
  }

  /// The same repository, by `digest` alone.
  public func at(_ digest: Digest) -> Reference {
    Reference(domain: domain, path: path, tag: nil, digest: digest)
  }

  /// Domain and the rest: what stands before the first `/` is a domain only if it looks like one.
  private static func split(_ name: Substring) -> (String, Substring) {
    guard let slash = name.firstIndex(of: "/") else { return (defaultDomain, name) }
    let first = name[..<slash]
    let rest = name[name.index(after: slash)...]
    if first == "index.docker.io" { return (defaultDomain, rest) }
    let isDomain =
      first == "localhost" || first.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
      || first.utf8.contains(where: ASCII.isUpper)
    return isDomain ? (String(first), rest) : (defaultDomain, name)
  }

  /// `HOST[:PORT]`, where HOST is a DNS name, an IPv4 address or an IPv6 address in brackets.
  static func isDomain(_ domain: String) -> Bool {
    var bytes = Array(domain.utf8)[...]
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
      let address = bytes[1..<end]
      guard !address.isEmpty,
        address.allSatisfy({ ASCII.isHexadecimal($0) || $0 == UInt8(ascii: ":") })
      else { return false }
      bytes = bytes[(end + 1)...]
    } else {
      let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
      let labels = bytes[..<end].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard labels.allSatisfy(isLabel) else { return false }
      bytes = bytes[end...]
    }
    return bytes.isEmpty
      || bytes.count > 1 && bytes.first == UInt8(ascii: ":")
        && bytes.dropFirst().allSatisfy(ASCII.isDigit)
  }

  private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
    guard let first = label.first, let last = label.last else { return false }
    return ASCII.isAlphanumeric(first) && ASCII.isAlphanumeric(last)
      && label.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  /// Components between `/`: lower-case letters and digits, between them one of `._`, two `_`, or any number of `-`.
  private static func isPath(_ path: String) -> Bool {
    func isAtom(_ byte: UInt8) -> Bool { ASCII.isLower(byte) || ASCII.isDigit(byte) }
    return path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
      component in
      guard let first = component.first, let last = Array(component).last, isAtom(first), isAtom(last) else {
        return false
      }
      return component.split(whereSeparator: isAtom).allSatisfy { separator in
        separator.elementsEqual(".".utf8) || separator.elementsEqual("_".utf8)
          || separator.elementsEqual("__".utf8) || separator.allSatisfy { $0 == UInt8(ascii: "-") }
      }
    }
  }

  private static func isTag(_ tag: String) -> Bool {
    let bytes = tag.utf8
    func isWord(_ byte: UInt8) -> Bool { ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
    return (1...128).contains(bytes.count) && bytes.first.map(isWord) == true
      && bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
  }
}
