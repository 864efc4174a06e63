import Image
import System

/// An auth.json or config.json (containers-auth.json(5)).
///
/// Nothing of its content gets into a failure but the keys of entries.
struct CredentialFile {
  private let path: String
  private let root: JSON

  /// The file of that content.
  init(_ bytes: [UInt8], path: String) throws(Failure) {
    self.path = path
    do throws(Failure) { root = try JSON(parsing: bytes) } catch {
      throw Failure(.failed, path, "is not valid JSON")
    }
    guard root.object != nil else { throw Failure(.failed, path, "is not a JSON object") }
  }

  /// The name of the helper for a host: its own one, else that for all hosts; nil where there is none.
  func helper(for host: String) throws(Failure) -> String? {
    let own = try members("credHelpers").first { Self.normalized($0.key) == host }
    guard let value = own?.value ?? root["credsStore"], value != .null else { return nil }
    guard let name = value.string else {
      throw Failure(.failed, path, "\(own == nil ? "credsStore" : "credHelpers") must have strings")
    }
    return name.isEmpty ? nil : name
  }

  /// The credentials of the most specific entry for a repository `HOST/PATH`; nil where none has any.
  func credentials(for repository: String) throws(Failure) -> Credentials? {
    let entries = try members("auths")
    var key = repository[...]
    while true {
      // As it is spelled comes before other spellings of it.
      let spelled = entries.filter { $0.key == key }
      for entry in spelled + entries.filter({ $0.key != key && Self.normalized($0.key) == key }) {
        if let secret = try secret(of: entry) { return Credentials(secret, origin: path) }
      }
      guard let slash = key.lastIndex(of: "/") else { return nil }
      key = key[..<slash]
    }
  }

  private func members(_ key: String) throws(Failure) -> [JSON.Object.Member] {
    guard let value = root[key], value != .null else { return [] }
    guard let object = value.object else { throw Failure(.failed, path, "\(key) must be an object") }
    return object.members
  }

  // An entry without a secret only marks that a helper has one.
  private func secret(of entry: JSON.Object.Member) throws(Failure) -> Credentials.Secret? {
    guard entry.value.object != nil else { throw wrong(entry, "must be an object") }
    func text(_ key: String) throws(Failure) -> String? {
      guard let value = entry.value[key], value != .null else { return nil }
      guard let text = value.string else { throw wrong(entry, "\(key) must be a string") }
      return text.isEmpty ? nil : text
    }
    if let token = try text("registrytoken") {
      // It becomes part of a header.
      guard token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
        throw wrong(entry, "registrytoken is not a token")
      }
      return .bearer(token)
    }
    if let token = try text("identitytoken") { return .identityToken(token) }
    if let encoded = try text("auth") {
      guard let pair = Self.userAndPassword(encoded) else {
        throw wrong(entry, "auth is not base64 of USER:PASSWORD")
      }
      return .basic(user: pair.user, password: pair.password)
    }
    if let user = try text("username"), let password = try text("password") {
      return .basic(user: user, password: password)
    }
    return nil
  }

  private static func userAndPassword(_ encoded: String) -> (user: String, password: String)? {
    guard var bytes = Base64.decoded(encoded) else { return nil }
    // Old clients padded with NULs.
    while bytes.last == 0 { bytes.removeLast() }
    guard !bytes.contains(0), let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      let user = String(validating: bytes[..<colon], as: UTF8.self),
      let password = String(validating: bytes[(colon + 1)...], as: UTF8.self)
    else { return nil }
    return (user, password)
  }

  private func wrong(_ entry: JSON.Object.Member, _ problem: String) -> Failure {
    Failure(.failed, path, "the entry of \(entry.key.oneLine): \(problem)")
  }

  /// A key as today's tools write it: without the scheme and API path of older ones, docker.io under that name.
  static func normalized(_ key: String) -> String {
    var name = key[...]
    for scheme in ["https://", "http://"] where name.hasPrefix(scheme) {
      name = name.dropFirst(scheme.count).prefix { $0 != "/" }
    }
    for path in ["/v1/", "/v2/", "/"] where name.hasSuffix(path) { name = name.dropLast(path.count) }
    let host = name.prefix { $0 != "/" }
    return RegistryConfiguration.dockerHosts.contains(String(host))
      ? Reference.defaultDomain + name[host.endIndex...] : String(name)
  }
}
