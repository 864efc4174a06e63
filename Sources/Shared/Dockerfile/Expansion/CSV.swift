import System

/// Fields with commas between them, as RFC 4180 has them.
enum CSV {
  /// The fields of one line.
  static func fields(_ line: String) throws(Failure) -> [String] {
    var rest = Array(line.utf8)[...]
    guard !rest.isEmpty else { return [] }
    var fields: [String] = []
    while true {
      fields.append(try field(&rest))
      guard rest.popFirst() != nil else { return fields }
    }
  }

  /// `fields` as one line.
  static func line(_ fields: [String]) -> String {
    fields.map { field in
      guard field.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return field }
      return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
    }.joined(separator: ",")
  }

  /// The field at the start of `rest`, up to a comma or the end.
  private static func field(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> String {
    let quote = UInt8(ascii: "\"")
    let comma = UInt8(ascii: ",")
    guard rest.first == quote else {
      let field = rest.prefix { $0 != comma }
      guard !field.contains(quote) else { throw wrong("parse error: bare \" in a field without quotes") }
      rest = rest[field.endIndex...]
      return field.text
    }
    rest.removeFirst()
    var field: [UInt8] = []
    while let byte = rest.popFirst() {
      guard byte == quote else {
        field.append(byte)
        continue
      }
      guard rest.first == quote else {
        guard rest.isEmpty || rest.first == comma else { break }
        return field[...].text
      }
      field.append(quote)
      rest.removeFirst()
    }
    throw wrong("parse error: extraneous or missing \" in a quoted field")
  }
}
