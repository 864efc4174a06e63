import System

/// Columns for people, aligned as Docker aligns them: each at least ten wide, three spaces between.
public struct Table {
  private var rows: [[String]]

  /// A table whose first row is `header`.
  public init(_ header: [String]) { rows = [header] }

  /// Adds a row; what strangers wrote is made safe for one line.
  public mutating func add(_ cells: [String]) { rows.append(cells.map(\.oneLine)) }

  /// The lines; the last column of each is not padded.
  public var lines: [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.dropLast().enumerated() {
        if column == widths.count { widths.append(10) }
        widths[column] = max(widths[column], cell.unicodeScalars.count + 3)
      }
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.dropLast().enumerated() {
        line += cell + String(repeating: " ", count: widths[column] - cell.unicodeScalars.count)
      }
      return line + (row.last ?? "")
    }
  }
}
