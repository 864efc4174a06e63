import System

/// A strict parser for the part of TOML 1.0 that configuration files are written in.
///
/// Multi-line strings, floats and dates are refused; so is whatever TOML itself refuses, duplicates included.
struct TOMLParser {
  /// How deep arrays, inline tables and dotted keys may nest.
  static let depthLimit = 32

  private let name: String
  var scanner: TOMLScanner

  /// The root table of `bytes`.
  ///
  /// - Throws: `.failed`, with `NAME:LINE` as the subject.
  static func table(_ bytes: [UInt8], name: String) throws(Failure) -> TOMLTable {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Failure(.failed, name, "is not UTF-8")
    }
    var parser = TOMLParser(name: name, scanner: TOMLScanner(bytes, name: name))
    return try parser.document()
  }

  private mutating func document() throws(Failure) -> TOMLTable {
    let root = TOMLTable(.header, line: 1)
    var current = root
    while true {
      try scanner.skipBlankLines()
      if scanner.isAtEnd { return root }
      if scanner.take("[") {
        current = try header(in: root)
      } else {
        try pair(into: current, depth: 0)
      }
      try scanner.endLine()
    }
  }

  // MARK: Headers

  private mutating func header(in root: TOMLTable) throws(Failure) -> TOMLTable {
    let isArray = scanner.take("[")
    let path = try keys()
    try scanner.expect("]")
    if isArray, !scanner.take("]") { throw scanner.failure("\"]]\" is missing") }
    var table = root
    for key in path.dropLast() { table = try child(key, of: table) }
    return isArray
      ? try element(path[path.count - 1], of: table) : try define(path[path.count - 1], in: table)
  }

  // The table that a header passes through: made if missing, the last one of an array of tables.
  private func child(_ key: String, of table: TOMLTable) throws(Failure) -> TOMLTable {
    switch table.values[key]?.content {
    case nil:
      let child = TOMLTable(.implied, line: scanner.line)
      table.values[key] = TOMLValue(content: .table(child), line: scanner.line)
      return child
    case .table(let child) where child.origin != .inline: return child
    case .tables(let tables): return tables.tables[tables.tables.count - 1]
    default: throw scanner.failure("\(quoted(key)) can't be added to: it is already given as a value")
    }
  }

  private func define(_ key: String, in table: TOMLTable) throws(Failure) -> TOMLTable {
    guard let value = table.values[key] else {
      let child = TOMLTable(.header, line: scanner.line)
      table.values[key] = TOMLValue(content: .table(child), line: scanner.line)
      return child
    }
    guard case .table(let child) = value.content, child.origin == .implied else {
      throw duplicate(key, value.line)
    }
    child.origin = .header
    return child
  }

  private func element(_ key: String, of table: TOMLTable) throws(Failure) -> TOMLTable {
    let element = TOMLTable(.header, line: scanner.line)
    switch table.values[key]?.content {
    case nil:
      let tables = TOMLTables()
      tables.tables.append(element)
      table.values[key] = TOMLValue(content: .tables(tables), line: scanner.line)
    case .tables(let tables): tables.tables.append(element)
    default: throw duplicate(key, table.values[key]?.line ?? 0)
    }
    return element
  }

  // MARK: Pairs

  private mutating func pair(into table: TOMLTable, depth: Int) throws(Failure) {
    let line = scanner.line
    let path = try keys()
    var table = table
    for key in path.dropLast() {
      switch table.values[key]?.content {
      case nil:
        let child = TOMLTable(.dotted, line: line)
        table.values[key] = TOMLValue(content: .table(child), line: line)
        table = child
      case .table(let child) where child.origin == .dotted: table = child
      default: throw duplicate(key, table.values[key]?.line ?? 0)
      }
    }
    let key = path[path.count - 1]
    if let earlier = table.values[key] { throw duplicate(key, earlier.line) }
    try scanner.expect("=")
    table.values[key] = try value(depth: depth)
  }

  private mutating func keys() throws(Failure) -> [String] {
    var keys: [String] = []
    repeat {
      scanner.skipSpace()
      keys.append(try scanner.key())
      guard keys.count <= Self.depthLimit else { throw scanner.failure("a key has too many parts") }
      scanner.skipSpace()
    } while scanner.take(".")
    return keys
  }

  private mutating func value(depth: Int) throws(Failure) -> TOMLValue {
    guard depth < Self.depthLimit else { throw scanner.failure("values are nested too deep") }
    scanner.skipSpace()
    let line = scanner.line
    if scanner.take("[") {
      return TOMLValue(content: .array(try elements(depth: depth + 1)), line: line)
    }
    if scanner.take("{") {
      return TOMLValue(content: .table(try inlineTable(line: line, depth: depth + 1)), line: line)
    }
    return TOMLValue(content: try scanner.scalar(), line: line)
  }

  private mutating func elements(depth: Int) throws(Failure) -> [TOMLValue] {
    var elements: [TOMLValue] = []
    while true {
      try scanner.skipBlankLines()
      if scanner.take("]") { return elements }
      elements.append(try value(depth: depth))
      try scanner.skipBlankLines()
      if scanner.take("]") { return elements }
      try scanner.expect(",")
    }
  }

  private mutating func inlineTable(line: Int, depth: Int) throws(Failure) -> TOMLTable {
    let table = TOMLTable(.inline, line: line)
    scanner.skipSpace()
    if scanner.take("}") { return table }
    while true {
      try pair(into: table, depth: depth)
      scanner.skipSpace()
      if scanner.take("}") { return table }
      try scanner.expect(",")
    }
  }

  private func duplicate(_ key: String, _ line: Int) -> Failure {
    scanner.failure("\(quoted(key)) is given twice, first on line \(line)")
  }

  private func quoted(_ key: String) -> String { String(reflecting: key) }
}
