/// The size of a terminal, in characters.
struct ScreenSize: Equatable, Sendable {
  var columns: Int
  var rows: Int

  /// What is assumed where the terminal does not say.
  static let standard = ScreenSize(columns: 80, rows: 24)
}

extension ProgressBoard {
  /// The lines of a screen: what scrolls away for good, and below it what is redrawn.
  struct Frame: Equatable {
    var settled: [String] = []
    var live: [String] = []
  }

  /// The next frame; rows that no longer fit and are finished leave the board.
  mutating func frame(_ size: ScreenSize) -> Frame {
    // One line for the total, one where the cursor stands.
    let room = max(1, size.rows - 2)
    // The last column stays free, else the terminal wraps.
    let width = max(1, size.columns - 1)
    var frame = Frame()
    while rows.count > room, let row = removeFirstFinished() {
      frame.settled.append(line(row, width))
    }
    guard !rows.isEmpty else { return frame }
    frame.live = visibleRows(room).map { line($0, width) }
    let hidden = rows.count - frame.live.count
    if hidden > 0 { frame.live.append(cut("\(hidden) more waiting", width)) }
    frame.live.append(cut(totalLine, width))
    return frame
  }

  /// All lines as they are to stay, and nothing live.
  func lastFrame(_ size: ScreenSize) -> [String] { rows.map { line($0, max(1, size.columns - 1)) } }

  /// As many as there is room for: those that move first, then those that wait; in their order.
  private func visibleRows(_ room: Int) -> [Row] {
    guard rows.count > room else { return rows }
    var left = room - 1
    var chosen = Set<Int>()
    for wanted in [true, false] {
      for (place, row) in rows.enumerated() where left > 0 && row.moves == wanted {
        chosen.insert(place)
        left -= 1
      }
    }
    return chosen.sorted().map { rows[$0] }
  }

  private func line(_ row: Row, _ width: Int) -> String {
    let label = "\(row.name): \(row.state)"
    guard row.moves else { return cut(label, width) }
    let figures = " \(Human.size(row.done))/\(Human.size(row.size))"
    let space = min(50, width - label.count - figures.count - 3)
    guard space >= 5 else { return cut(label + figures, width) }
    return label + " [" + Self.bar(row.done, of: row.size, space) + "]" + figures
  }

  /// `====>   `, `space` characters.
  static func bar(_ done: UInt64, of size: UInt64, _ space: Int) -> String {
    let part = size == 0 ? 0 : min(1, Double(done) / Double(size))
    let full = Int(Double(space) * part)
    guard full < space else { return String(repeating: "=", count: space) }
    return String(repeating: "=", count: full) + ">" + String(repeating: " ", count: space - full - 1)
  }

  private var totalLine: String {
    let percent = total == 0 ? 0 : UInt64(Double(done) / Double(total) * 100)
    var line = "Total: \(Human.size(done))/\(Human.size(total)) \(percent)%"
    line += "  \(Human.size(UInt64(rate.bytesPerSecond)))/s  \(Human.duration(seconds: elapsed))"
    if total > done, let left = rate.secondsLeft(for: total - done) {
      line += "  \(Human.duration(seconds: left)) left"
    }
    return line
  }

  private func cut(_ text: String, _ width: Int) -> String { String(text.prefix(width)) }
}
