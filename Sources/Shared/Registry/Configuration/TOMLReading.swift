import System

/// Reads the keys of one table, each at most once, and refuses what nobody asked for.
struct TOMLReading {
  private let name: String
  private let table: TOMLTable
  private var unread: Set<String>

  /// A reading of `table` in the file `name`.
  init(_ table: TOMLTable, name: String) {
    self.table = table
    self.name = name
    unread = Set(table.values.keys)
  }

  /// `FILE:LINE` of the table.
  var origin: String { "\(name):\(table.line)" }

  /// A failure about the line where `key` is, or else where the table begins.
  func failure(_ key: String? = nil, _ problem: String) -> Failure {
    let line = key.flatMap { table.values[$0]?.line } ?? table.line
    return Failure(.failed, "\(name):\(line)", problem)
  }

  /// The string of `key`; nil where it is not given or empty.
  mutating func string(_ key: String) throws(Failure) -> String? {
    guard let value = take(key) else { return nil }
    guard case .string(let text) = value.content else { throw wrong(key, "a string", value) }
    return text.isEmpty ? nil : text
  }

  /// The boolean of `key`; nil where it is not given.
  mutating func boolean(_ key: String) throws(Failure) -> Bool? {
    guard let value = take(key) else { return nil }
    guard case .boolean(let flag) = value.content else { throw wrong(key, "a boolean", value) }
    return flag
  }

  /// The strings of `key`; nil where it is not given.
  mutating func strings(_ key: String) throws(Failure) -> [String]? {
    guard let value = take(key) else { return nil }
    guard case .array(let elements) = value.content else { throw wrong(key, "an array of strings", value) }
    var strings: [String] = []
    for element in elements {
      guard case .string(let text) = element.content else { throw wrong(key, "an array of strings", element) }
      strings.append(text)
    }
    return strings
  }

  /// The tables of `key`, none where it is not given: `[[key]]` or an array of inline tables.
  mutating func tables(_ key: String) throws(Failure) -> [TOMLReading] {
    guard let value = take(key) else { return [] }
    switch value.content {
    case .tables(let tables): return tables.tables.map { TOMLReading($0, name: name) }
    case .array(let elements):
      var readings: [TOMLReading] = []
      for element in elements {
        guard case .table(let table) = element.content else {
          throw wrong(key, "an array of tables", element)
        }
        readings.append(TOMLReading(table, name: name))
      }
      return readings
    default: throw wrong(key, "an array of tables", value)
    }
  }

  /// Reads the table of `key` as pairs of strings; what they are does not matter.
  mutating func skipPairs(_ key: String) throws(Failure) {
    guard let value = take(key) else { return }
    guard case .table(let table) = value.content else { throw wrong(key, "a table", value) }
    var pairs = TOMLReading(table, name: name)
    for key in table.values.keys.sorted() { _ = try pairs.string(key) }
  }

  /// Whether `key` is given.
  func has(_ key: String) -> Bool { table.values[key] != nil }

  /// Ends the reading.
  func finish() throws(Failure) {
    let lines = unread.map { (line: table.values[$0]?.line ?? 0, key: $0) }
    guard let first = lines.min(by: { ($0.line, $0.key) < ($1.line, $1.key) }) else { return }
    throw failure(first.key, "the key \(String(reflecting: first.key.oneLine)) is not known here")
  }

  private mutating func take(_ key: String) -> TOMLValue? {
    unread.remove(key)
    return table.values[key]
  }

  private func wrong(_ key: String, _ wanted: String, _ value: TOMLValue) -> Failure {
    Failure(.failed, "\(name):\(value.line)", "\(key) must be \(wanted), not \(value.kind)")
  }
}
