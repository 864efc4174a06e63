import System

/// What one registries.conf says (containers-registries.conf(5), version 2).
struct RegistriesFile: Sendable {
  /// A `[[registry]]`.
  struct Registry: Sendable {
    /// Which images it is about; without the `*.` of a wildcard.
    let prefix: RegistryName
    /// Whether it is about all hosts below that of `prefix`.
    let isWildcard: Bool
    /// Where they really are; nil for where their names say.
    let location: RegistryName?
    let insecure: Bool
    let blocked: Bool
    let mirrors: [Mirror]
    /// `FILE:LINE`.
    let origin: String
  }

  /// A `[[registry.mirror]]`.
  struct Mirror: Sendable {
    let location: RegistryName
    let insecure: Bool
    let use: Use
  }

  /// For which pulls a mirror serves; the words of `pull-from-mirror`.
  enum Use: String, Sendable {
    case all
    case digestOnly = "digest-only"
    case tagOnly = "tag-only"
  }

  /// The registries by their prefixes.
  private(set) var registries: [String: Registry] = [:]
  /// The helpers to ask for credentials, in order; nil where the file says nothing.
  private(set) var credentialHelpers: [String]?

  /// No settings.
  init() {}

  /// What the file of that name and content says.
  init(_ bytes: [UInt8], name: String) throws(Failure) {
    var root = TOMLReading(try TOMLParser.table(bytes, name: name), name: name)
    if root.has("registries") {
      throw root.failure(
        "registries",
        "the version 1 format is not supported: write [[registry]] tables (containers-registries.conf(5))")
    }
    credentialHelpers = try root.strings("credential-helpers")
    for var reading in try root.tables("registry") {
      let (key, registry) = try Self.registry(&reading)
      if let first = registries[key] {
        throw reading.failure("prefix", "\(key) is configured twice, first at \(first.origin)")
      }
      registries[key] = registry
    }
    try Self.skipShortNames(&root)
    _ = try root.string("additional-layer-store-auth-helper")
    try root.finish()
  }

  /// Adds a drop-in, whose settings replace earlier ones.
  mutating func add(_ dropIn: RegistriesFile) {
    registries.merge(dropIn.registries) { $1 }
    credentialHelpers = dropIn.credentialHelpers ?? credentialHelpers
  }

  // By our interface a short name is docker.io's: these are understood and have no effect.
  private static func skipShortNames(_ root: inout TOMLReading) throws(Failure) {
    _ = try root.strings("unqualified-search-registries")
    try root.skipPairs("aliases")
    let mode = try root.string("short-name-mode")
    guard mode.map(["enforcing", "permissive", "disabled"].contains) != false else {
      throw root.failure("short-name-mode", "short-name-mode must be enforcing, permissive or disabled")
    }
  }

  private static func registry(_ reading: inout TOMLReading) throws(Failure) -> (String, Registry) {
    let location = try name("location", &reading)
    let given = try reading.string("prefix")
    let isWildcard = given?.hasPrefix("*.") == true
    let prefix: RegistryName
    if let given {
      guard let name = isWildcard ? RegistryName(host: String(given.dropFirst(2))) : RegistryName(given)
      else { throw malformed("prefix", given, reading) }
      prefix = name
    } else if let location {
      prefix = location
    } else {
      throw reading.failure(nil, "a [[registry]] needs a prefix or a location")
    }
    try refuseRetagging(location, prefix, reading)
    let byDigestOnly = try reading.boolean("mirror-by-digest-only")
    let insecure = try reading.boolean("insecure") ?? false
    let blocked = try reading.boolean("blocked") ?? false
    var mirrors: [Mirror] = []
    for var mirror in try reading.tables("mirror") {
      mirrors.append(try Self.mirror(&mirror, of: prefix, byDigestOnly: byDigestOnly ?? false))
    }
    try reading.finish()
    let registry = Registry(
      prefix: prefix, isWildcard: isWildcard, location: location, insecure: insecure, blocked: blocked,
      mirrors: mirrors, origin: reading.origin)
    return ((isWildcard ? "*." : "") + prefix.text, registry)
  }

  private static func mirror(
    _ reading: inout TOMLReading, of prefix: RegistryName, byDigestOnly: Bool
  ) throws(Failure) -> Mirror {
    guard let location = try name("location", &reading) else {
      throw reading.failure(nil, "a [[registry.mirror]] needs a location")
    }
    try refuseRetagging(location, prefix, reading)
    var use = byDigestOnly ? Use.digestOnly : .all
    if let text = try reading.string("pull-from-mirror") {
      guard let given = Use(rawValue: text) else {
        throw reading.failure("pull-from-mirror", "pull-from-mirror must be all, digest-only or tag-only")
      }
      guard !byDigestOnly else {
        throw reading.failure(
          "pull-from-mirror", "pull-from-mirror can't be given along with mirror-by-digest-only = true")
      }
      use = given
    }
    let insecure = try reading.boolean("insecure") ?? false
    try reading.finish()
    return Mirror(location: location, insecure: insecure, use: use)
  }

  private static func name(_ key: String, _ reading: inout TOMLReading) throws(Failure) -> RegistryName? {
    guard let text = try reading.string(key) else { return nil }
    guard let name = RegistryName(text) else { throw malformed(key, text, reading) }
    return name
  }

  private static func malformed(_ key: String, _ text: String, _ reading: TOMLReading) -> Failure {
    let shown = String(reflecting: String(text.prefix(100)))
    return reading.failure(
      key, "\(key) \(shown) is not HOST[:PORT][/PATH], without https://, or *.HOST where it is a prefix")
  }

  // What is asked for by one tag must not be answered with another.
  private static func refuseRetagging(
    _ location: RegistryName?, _ prefix: RegistryName, _ reading: TOMLReading
  ) throws(Failure) {
    guard let location, location.tag != nil || location.digest != nil else { return }
    guard location.tag == prefix.tag, location.digest == prefix.digest else {
      throw reading.failure("location", "a location can't have a tag or digest that its prefix has not")
    }
  }
}
