import System

extension RunMount {
  private static let keys = [
    "type", "from", "source", "target", "readonly", "id", "sharing", "required", "size", "mode", "uid",
    "gid", "src", "dst", "destination", "ro", "rw", "readwrite", "env",
  ]

  /// The mount that `text`, the value of `--mount=`, describes; its variables have been expanded.
  ///
  /// - Throws: `failed` where an option is unknown, has a wrong value, or is none of the mount's type.
  public init(parsing text: String) throws(Failure) {
    self.init()
    var sharing: Sharing?
    for field in try CSV.fields(text) {
      let (key, value) = Self.split(field)
      if let shared = try set(key, value, field) { sharing = shared }
    }
    try check(sharing)
    self.sharing = sharing ?? .shared
  }

  /// What can be said of `text` before its variables are expanded.
  static func checkForm(_ text: String) throws(Failure) {
    for field in try CSV.fields(text) {
      let (key, value) = split(field)
      if key == "from", let dollar = value?.firstIndex(of: "$"),
        value?.index(after: dollar) != value?.endIndex
      {
        throw wrong("'from' doesn't support variable expansion, define alias stage instead")
      }
    }
  }

  /// `text` with the variables of its values put in.
  static func expanded(_ text: String, by expansion: inout Expansion) throws(Failure) -> String {
    var fields = try CSV.fields(text)
    for (index, field) in fields.enumerated() {
      guard let equals = field.firstIndex(of: "=") else { continue }
      let value = field[field.index(after: equals)...]
      fields[index] = try field[...equals] + expansion.word(String(value))
    }
    return CSV.line(fields)
  }

  private static func split(_ field: String) -> (key: String, value: String?) {
    guard let equals = field.firstIndex(of: "=") else { return (field.lowercased(), nil) }
    return (field[..<equals].lowercased(), String(field[field.index(after: equals)...]))
  }

  /// Takes one option; gives the value of `sharing`, which has a default that nobody wrote.
  private mutating func set(_ key: String, _ value: String?, _ field: String) throws(Failure) -> Sharing? {
    guard let value else {
      switch key {
      case "readonly", "ro": isReadOnly = true
      case "readwrite", "rw": isReadOnly = false
      case "required": try setRequired(true)
      default: throw wrong("invalid field '\(field)' must be a key=value pair")
      }
      return nil
    }
    switch key {
    case "type":
      guard let kind = Kind(rawValue: value.lowercased()) else {
        throw Self.unsupported("mount type", value, Kind.allCases.map(\.rawValue))
      }
      self.kind = kind
    case "from": from = value.isEmpty ? nil : value
    case "source", "src": source = value
    case "target", "dst", "destination": target = value
    case "readonly", "ro": isReadOnly = try Self.boolean(key, value)
    case "readwrite", "rw": isReadOnly = try !Self.boolean(key, value)
    case "required": try setRequired(try Self.boolean(key, value))
    case "size":
      guard kind == .tmpfs else { throw unexpected(key) }
      guard let bytes = ByteSize.bytes(value) else { throw wrong("invalid value for size: \(value)") }
      size = bytes
    case "id": id = value.isEmpty ? nil : value
    case "sharing":
      guard let sharing = Sharing(rawValue: value.lowercased()) else {
        throw Self.unsupported("sharing value", value, Sharing.allCases.map(\.rawValue))
      }
      return sharing
    case "mode": mode = try Self.number(key, value, radix: 8)
    case "uid": uid = try Self.number(key, value, radix: 10)
    case "gid": gid = try Self.number(key, value, radix: 10)
    case "env": env = value
    default:
      throw wrong("unexpected key '\(key)' in '\(field)'" + Suggestion.text(for: key, among: Self.keys))
    }
    return nil
  }

  private mutating func setRequired(_ value: Bool) throws(Failure) {
    guard kind == .secret || kind == .ssh else { throw unexpected("required") }
    isRequired = value
  }

  private func unexpected(_ key: String) -> Failure {
    wrong("unexpected key '\(key)' for mount type '\(kind.rawValue)'")
  }

  private static func unsupported(_ what: String, _ value: String, _ words: [String]) -> Failure {
    wrong("unsupported \(what) \"\(value)\"" + Suggestion.text(for: value, among: words))
  }

  private static func boolean(_ key: String, _ value: String) throws(Failure) -> Bool {
    switch value {
    case "1", "t", "T", "TRUE", "true", "True": return true
    case "0", "f", "F", "FALSE", "false", "False": return false
    default: throw wrong("invalid value for \(key): \(value)")
    }
  }

  private static func number(_ key: String, _ value: String, radix: Int) throws(Failure) -> UInt32 {
    guard value.utf8.first != UInt8(ascii: "+"), let number = UInt32(value, radix: radix) else {
      throw wrong("invalid value \(value) for \(key)")
    }
    return number
  }

  /// What the options must not be together.
  private func check(_ sharing: Sharing?) throws(Failure) {
    if kind == .bind || kind == .tmpfs {
      for (name, value) in [("mode", mode), ("uid", uid), ("gid", gid)] where value != nil {
        throw wrong("\(name) not allowed for \"\(kind.rawValue)\" type mounts")
      }
    }
    if kind == .secret {
      guard from == nil else { throw wrong("secret mount should not have a from") }
      guard sharing == nil else { throw wrong("secret mount should not define sharing") }
      guard !source.isEmpty || !target.isEmpty || id != nil else {
        throw wrong("invalid secret mount. one of source, target required")
      }
      guard source.isEmpty || id == nil else { throw wrong("both source and id can't be set") }
    }
    // BuildKit says nothing, and sets no variable.
    guard env == nil || kind == .secret else { throw wrong("env is for secret mounts only") }
    guard sharing == nil || kind == .cache else {
      throw wrong("invalid cache sharing set for \(kind.rawValue) mount")
    }
  }
}
