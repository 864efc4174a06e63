import Glibc

/// The records of a pax extended header that say something about a layer's member (POSIX.1-2017, pax).
struct PaxRecords {
  private(set) var path: [UInt8]?
  private(set) var target: [UInt8]?
  private(set) var size: UInt64?
  private(set) var user: UInt64?
  private(set) var group: UInt64?
  private(set) var modified: PaxTime?
  private(set) var attributes: [ExtendedAttribute] = []
  private(set) var sparse = PaxSparse()

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
        take(record[..<equals], record[(equals + 1)...])
      else { return nil }
      rest = rest[end...]
    }
  }

  /// Takes up a record; false where its value is not in the key's grammar.
  private mutating func take(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
    if let name = key.behind("SCHILY.xattr.") { return set(name, Array(value)) }
    // Of an empty value the header's own field is to be taken.
    if value.isEmpty { return true }
    if key.reads("path") {
      path = Array(value)
    } else if key.reads("linkpath") {
      target = Array(value)
      return !value.contains(0)
    } else if key.reads("size") {
      return Self.set(&size, Self.decimal(value))
    } else if key.reads("uid") {
      return Self.set(&user, Self.decimal(value))
    } else if key.reads("gid") {
      return Self.set(&group, Self.decimal(value))
    } else if key.reads("mtime") {
      return Self.set(&modified, PaxTime(value))
    } else if key.reads("GNU.sparse.name") {
      path = Array(value)
    } else if let rest = key.behind("GNU.sparse.") {
      return sparse.take(rest, value)
    } else {
      return takeAttribute(key, value)
    }
    return path?.contains(0) != true
  }

  private mutating func takeAttribute(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
    if let name = key.behind("LIBARCHIVE.xattr.") {
      guard let name = PercentEncoding.decode(name), let value = Base64.decode(value) else { return false }
      return set(name[...], value)
    } else if key.reads("SCHILY.acl.access") {
      guard let list = AccessControlList(value) else { return false }
      return set(Array("system.posix_acl_access".utf8)[...], list.encoded)
    } else if key.reads("SCHILY.acl.default") {
      guard let list = AccessControlList(value) else { return false }
      return set(Array("system.posix_acl_default".utf8)[...], list.encoded)
    }
    return true
  }

  /// Adds an attribute; what comes last counts, as of all records.
  private mutating func set(_ name: ArraySlice<UInt8>, _ value: [UInt8]) -> Bool {
    guard !name.isEmpty, !name.contains(0) else { return false }
    let attribute = ExtendedAttribute(name: Array(name), value: value)
    if let index = attributes.firstIndex(where: { $0.name == attribute.name }) {
      attributes[index] = attribute
    } else {
      attributes.append(attribute)
    }
    return attributes.count <= Self.mostAttributes
  }

  /// More than any file system has room for in a file.
  private static let mostAttributes = 1000

  private static func set<T>(_ field: inout T?, _ value: T?) -> Bool {
    field = value
    return value != nil
  }

  static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (tens, over) = number.multipliedReportingOverflow(by: 10)
      let (sum, above) = tens.addingReportingOverflow(UInt64(digit & 0xf))
      if over || above { return nil }
      number = sum
    }
    return number
  }
}

extension ArraySlice<UInt8> {
  /// Whether these bytes are that text.
  func reads(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && begins(text) }

  /// What is behind `prefix`; nil where they don't begin so.
  func behind(_ prefix: StaticString) -> ArraySlice? {
    begins(prefix) ? dropFirst(prefix.utf8CodeUnitCount) : nil
  }

  private func begins(_ prefix: StaticString) -> Bool {
    guard count >= prefix.utf8CodeUnitCount else { return false }
    return withUnsafeBytes { memcmp($0.baseAddress!, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0 }
  }
}
