import System

// `--mount type=TYPE,source=SRC,target=DST,…`, by docker's rules.

extension MountRequest {
  /// The mount that the argument of `--mount` asks for.
  ///
  /// - Throws: `usage`, without the option's name.
  public init(mount text: String) throws(Failure) {
    var fields = MountFields()
    for word in try Self.words(text) { try fields.set(word) }
    self = try fields.request()
  }

  /// The fields of a line of comma-separated values (RFC 4180): a field in quotes may hold commas.
  static func words(_ text: String) throws(Failure) -> [String] {
    var words: [String] = []
    var rest = text[...]
    while true {
      var word = ""
      if rest.first == "\"" {
        rest.removeFirst()
        while true {
          guard let end = rest.firstIndex(of: "\"") else {
            throw Failure(.usage, "", "a quote is not closed")
          }
          word += rest[..<end]
          rest = rest[rest.index(after: end)...]
          guard rest.first == "\"" else { break }
          word += "\""
          rest.removeFirst()
        }
        guard rest.isEmpty || rest.first == "," else {
          throw Failure(.usage, "", "something follows a closing quote")
        }
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        word = String(rest[..<end])
        guard !word.contains("\"") else { throw Failure(.usage, "", "a quote within a field") }
        rest = rest[end...]
      }
      words.append(word)
      guard rest.first == "," else { return words }
      rest.removeFirst()
    }
  }
}

/// The fields of `--mount`, as they come.
private struct MountFields {
  private var type: String?
  private var source: String?
  private var target: String?
  private var isReadOnly = false
  private var isRecursive = true
  private var propagation: MountPropagation?
  private var tmpfs: [MountRequest.Option] = []
  /// Fields that only one type has.
  private var particular: [(field: String, type: String)] = []

  /// Takes `KEY=VALUE`, or a key that stands for itself.
  mutating func set(_ word: String) throws(Failure) {
    let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let key = pair[0].lowercased()
    let value = pair.count > 1 ? pair[1] : nil
    for type in ["bind", "tmpfs", "volume", "image"] where key.hasPrefix("\(type)-") {
      particular.append((key, type))
    }
    switch key {
    case "readonly", "ro": isReadOnly = try truth(key, value)
    case "rw": isReadOnly = try !truth(key, value)
    case "bind-nonrecursive": isRecursive = try !truth(key, value)
    case "volume-nocopy": _ = try truth(key, value)
    default:
      guard let value else {
        throw Failure(.usage, "", "invalid field '\(word)' must be a key=value pair")
      }
      try set(key, value)
    }
  }

  private mutating func set(_ key: String, _ value: String) throws(Failure) {
    switch key {
    case "type": type = value.lowercased()
    case "source", "src": source = value
    case "target", "dst", "destination": target = value
    case "consistency", "volume-label", "volume-driver", "volume-opt":
      guard key == "consistency" else { throw MountRequest.named(source ?? key) }
    case "bind-propagation":
      guard let known = MountRequest.propagation(value) else { throw wrong(key, value) }
      propagation = known
    case "bind-recursive":
      switch value {
      case "enabled", "writable", "readonly": isRecursive = true
      case "disabled": isRecursive = false
      default: throw wrong(key, value)
      }
    case "tmpfs-size": tmpfs.append(try MountRequest.option(ofTmpfs: "size=\(value)"))
    case "tmpfs-mode": tmpfs.append(try MountRequest.option(ofTmpfs: "mode=\(value)"))
    default: throw Failure(.usage, "", "unexpected key '\(key)' in '\(key)=\(value)'")
    }
  }

  private func wrong(_ key: String, _ value: String) -> Failure {
    Failure(.usage, "", "invalid value for \(key): \(value)")
  }

  private func truth(_ key: String, _ value: String?) throws(Failure) -> Bool {
    switch value?.lowercased() {
    case nil, "true", "1", "t": return true
    case "false", "0", "f": return false
    case let value?: throw wrong(key, value)
    }
  }

  /// The mount that all fields together ask for.
  func request() throws(Failure) -> MountRequest {
    let type = type ?? "volume"
    guard let target else { throw Failure(.usage, "", "target is required") }
    if let odd = particular.first(where: { $0.type != type }) {
      throw Failure(.usage, "", "cannot mix '\(odd.type)-*' options with mount type '\(type)'")
    }
    var request = MountRequest(try kind(type), at: try MountRequest.target(target))
    if isReadOnly { request.attributes.insert(.readOnly) }
    if type == "tmpfs" { request.attributes.formUnion([.noSetUserID, .noDevices, .noExecution]) }
    request.isRecursive = isRecursive
    if let propagation { request.propagation = propagation }
    return request
  }

  private func kind(_ type: String) throws(Failure) -> MountRequest.Source {
    switch (type, source) {
    case ("bind", let source?) where !source.isEmpty: return .bind(source)
    case ("image", let source?) where !source.isEmpty: return .image(source)
    case ("bind", _), ("image", _): throw Failure(.usage, "", "source is required for type \(type)")
    case ("volume", nil): return .volume
    case ("volume", let source?): throw MountRequest.named(source)
    case ("tmpfs", nil): return .tmpfs(tmpfs)
    case ("tmpfs", _): throw Failure(.usage, "", "a tmpfs has no source")
    default: throw Failure(.usage, "", "mount type \"\(type)\" is none of bind, tmpfs, image, volume")
    }
  }
}
