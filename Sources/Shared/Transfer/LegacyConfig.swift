import Image

/// The config of an image from before Docker 1.10, as Docker itself makes it: its digest is the image ID in Docker too.
///
/// That is the json of the top layer without what only concerns layers, with all layers and their history; keys in
/// order, and characters escaped as Go's encoder does.
struct LegacyConfig {
  let bytes: [UInt8]

  /// - Parameters:
  ///   - chain: the json of each layer, from the base up.
  ///   - diffIDs: the digests of their plain tars.
  init(_ chain: [JSON.Object], diffIDs: [Digest]) {
    var config = chain.last ?? JSON.Object()
    // Versions before this one are said to have left out fields: Docker reads and writes them by its own type.
    if Self.isOlder(config["docker_version"]?.string ?? "", than: [1, 8, 3]) {
      config = Self.rewritten(config)
    }
    for key in ["id", "parent", "parent_id", "layer_id", "throwaway", "Size"] { config[key] = nil }
    if config["architecture"] == nil { config["architecture"] = .string(Platform.host.architecture) }
    if config["os"] == nil { config["os"] = .string("linux") }
    config["rootfs"] = [
      "type": .string("layers"), "diff_ids": .array(diffIDs.map { .string($0.description) }),
    ]
    config["history"] = .array(chain.map(Self.history))
    bytes = Self.escaped(Self.sorted(.object(config)).encoded())
  }

  private static func history(_ layer: JSON.Object) -> JSON {
    var history = JSON.Object()
    history["created"] = time(layer["created"])
    history["author"] = nonEmpty(layer["author"])
    let command = (list(layer["container_config"]?["Cmd"])?.array ?? []).compactMap(\.string)
    if !command.isEmpty { history["created_by"] = .string(command.joined(separator: " ")) }
    history["comment"] = nonEmpty(layer["comment"])
    return .object(history)
  }

  private static func isOlder(_ version: String, than limit: [Int]) -> Bool {
    let numbers = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    return numbers.lexicographicallyPrecedes(limit)
  }
}

/// What becomes of values that pass through Go types.
extension LegacyConfig {
  private enum Absence {
    /// The field is left out where it is empty.
    case omitted
    /// The field is written with this value where it is missing.
    case written(JSON)
  }

  /// The fields of `container.Config` in their order (Docker 20.10).
  private static let fields: [(name: String, absence: Absence)] = [
    ("Hostname", .written(.string(""))), ("Domainname", .written(.string(""))),
    ("User", .written(.string(""))), ("AttachStdin", .written(.bool(false))),
    ("AttachStdout", .written(.bool(false))), ("AttachStderr", .written(.bool(false))),
    ("ExposedPorts", .omitted), ("Tty", .written(.bool(false))), ("OpenStdin", .written(.bool(false))),
    ("StdinOnce", .written(.bool(false))), ("Env", .written(.null)), ("Cmd", .written(.null)),
    ("Healthcheck", .omitted), ("ArgsEscaped", .omitted), ("Image", .written(.string(""))),
    ("Volumes", .written(.null)), ("WorkingDir", .written(.string(""))), ("Entrypoint", .written(.null)),
    ("NetworkDisabled", .omitted), ("MacAddress", .omitted), ("OnBuild", .written(.null)),
    ("Labels", .written(.null)), ("StopSignal", .omitted), ("StopTimeout", .omitted), ("Shell", .omitted),
  ]

  /// The json of a layer as Docker's type for it holds it.
  private static func rewritten(_ layer: JSON.Object) -> JSON.Object {
    var new = JSON.Object()
    for key in ["comment", "container", "docker_version", "author", "architecture", "variant", "os"] {
      new[key] = nonEmpty(layer[key])
    }
    new["created"] = time(layer["created"])
    new["container_config"] = runConfig(layer["container_config"])
    if let config = layer["config"], config != .null { new["config"] = runConfig(config) }
    return new
  }

  private static func runConfig(_ given: JSON?) -> JSON {
    var config = JSON.Object()
    for (name, absence) in fields {
      var value = nonEmpty(given?[name], keeping: [.array([]), .object(JSON.Object())])
      if ["Cmd", "Entrypoint"].contains(name) { value = list(value) }
      switch absence {
      case .omitted: config[name] = nonEmpty(value).map(sorted)
      case .written(let zero): config[name] = value.map(sorted) ?? zero
      }
    }
    return .object(config)
  }

  /// A list that may be written as its only element.
  private static func list(_ value: JSON?) -> JSON? {
    guard let text = value?.string else { return value }
    return .array([.string(text)])
  }

  private static func nonEmpty(_ value: JSON?, keeping: [JSON] = []) -> JSON? {
    let empty: [JSON] = [
      .null, .string(""), .bool(false), .number("0"), .array([]), .object(JSON.Object()),
    ]
    return value.flatMap { empty.contains($0) && !keeping.contains($0) ? nil : $0 }
  }

  /// A moment without zeros at the end of its fraction; the year 1 where there is none.
  private static func time(_ value: JSON?) -> JSON {
    guard let text = value?.string, !text.isEmpty else { return .string("0001-01-01T00:00:00Z") }
    guard text.hasSuffix("Z"), text.contains(".") else { return .string(text) }
    var digits = text.dropLast()
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return .string(digits + "Z")
  }

  /// The members in the order of their keys; what is in them stays.
  private static func sorted(_ value: JSON) -> JSON {
    value.object.map { .object($0.sorted()) } ?? value
  }

  /// JSON that may stand in HTML; what is escaped can only stand in strings.
  private static func escaped(_ json: [UInt8]) -> [UInt8] {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(json.count)
    for byte in json {
      switch byte {
      case UInt8(ascii: "<"): escaped += "\\u003c".utf8
      case UInt8(ascii: ">"): escaped += "\\u003e".utf8
      case UInt8(ascii: "&"): escaped += "\\u0026".utf8
      default: escaped.append(byte)
      }
    }
    return escaped
  }
}
