/// A value of a TOML document and the line on which it begins.
struct TOMLValue {
  /// The kinds of values that configuration uses; dates and floats are none.
  enum Content {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    case array([TOMLValue])
    case table(TOMLTable)
    /// What `[[name]]` headers made.
    case tables(TOMLTables)
  }

  let content: Content
  let line: Int

  /// The kind, in words for people.
  var kind: String {
    switch content {
    case .string: "a string"
    case .integer: "an integer"
    case .boolean: "a boolean"
    case .array: "an array"
    case .table: "a table"
    case .tables: "an array of tables"
    }
  }
}

/// A table while it is built and read.
///
/// A reference, so that a long file is not copied for each of its lines.
final class TOMLTable {
  /// What made the table, and so what may add to it.
  enum Origin {
    /// A header of its own.
    case header
    /// A header of a table inside; a header of its own may follow.
    case implied
    /// Dotted keys; only more of these in the same table may add.
    case dotted
    /// Braces; nothing may add.
    case inline
  }

  var origin: Origin
  let line: Int
  var values: [String: TOMLValue] = [:]

  init(_ origin: Origin, line: Int) {
    self.origin = origin
    self.line = line
  }
}

/// An array of tables while it is built; a reference for the same reason.
final class TOMLTables {
  var tables: [TOMLTable] = []
}
