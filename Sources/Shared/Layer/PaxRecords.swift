/// The records of a pax extended header that say something about a layer's member (POSIX.1-2017, pax).
struct PaxRecords {
  private(set) var path: [UInt8]?
  private(set) var target: [UInt8]?
  private(set) var size: UInt64?
  private(set) var sparseSize: UInt64?
  private(set) var user: UInt64?
  private(set) var group: UInt64?
  private(set) var modified: Int64?

  /// Nothing said.
  init() {}

  /// The records of `body`, `LENGTH KEY=VALUE\n` each; nil where it is not made of such.
  init?(_ body: [UInt8]) {
    var rest = body[...]
    while !rest.isEmpty {
      guard let blank = rest.firstIndex(of: UInt8(ascii: " ")),
        let length = Self.decimal(rest[..<blank]).flatMap({ Int(exactly: $0) }), length <= rest.count,
        rest.startIndex + length > blank + 1
      else { return nil }
      let end = rest.startIndex + length
      let record = rest[(blank + 1)..<(end - 1)]
      guard rest[end - 1] == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")),
        take(String(decoding: record[..<equals], as: UTF8.self), record[(equals + 1)...])
      else { return nil }
      rest = rest[end...]
    }
  }

  /// Takes up a record; false where its value is not in the key's grammar.
  private mutating func take(_ key: String, _ value: ArraySlice<UInt8>) -> Bool {
    // Of an empty value the header's own field is to be taken.
    if value.isEmpty { return true }
    switch key {
    case "path", "GNU.sparse.name":
      path = Array(value)
      return !value.contains(0)
    case "linkpath":
      target = Array(value)
      return !value.contains(0)
    case "size": return Self.set(&size, Self.decimal(value))
    case "GNU.sparse.size", "GNU.sparse.realsize": return Self.set(&sparseSize, Self.decimal(value))
    case "uid": return Self.set(&user, Self.decimal(value))
    case "gid": return Self.set(&group, Self.decimal(value))
    case "mtime": return Self.set(&modified, Self.seconds(value))
    default: return true
    }
  }

  private static func set<T>(_ field: inout T?, _ value: T?) -> Bool {
    field = value
    return value != nil
  }

  private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 20, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  /// The whole seconds of a time, rounded down.
  private static func seconds(_ text: ArraySlice<UInt8>) -> Int64? {
    let isNegative = text.first == UInt8(ascii: "-")
    let parts = (isNegative ? text.dropFirst() : text).split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = decimal(parts[0]).flatMap({ Int64(exactly: $0) }) else { return nil }
    let fraction = parts.count > 1 ? parts[1] : []
    guard fraction.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return isNegative ? -whole - (fraction.contains { $0 != 0x30 } ? 1 : 0) : whole
  }
}
