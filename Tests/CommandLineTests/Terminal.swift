import Glibc
import System

/// A pseudo-terminal (pty(7)) and what one would see on it.
final class Terminal {
  /// The side of whoever looks at it; reading it never waits.
  let master: FileDescriptor
  /// The side that a command has as its standard error.
  let slave: FileDescriptor
  private var columns: Int
  private let rows: Int
  private(set) var screen: TerminalModel

  init(columns: Int, rows: Int) throws {
    self.columns = columns
    self.rows = rows
    screen = TerminalModel(columns: columns, rows: rows)
    master = try FileDescriptor.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    var unlock: CInt = 0
    var number: CUnsignedInt = 0
    // TIOCSPTLCK and TIOCGPTN: ioctl_tty(2); computed macros, which Swift does not import.
    guard ioctl(master.number, 0x4004_5431, &unlock) == 0, ioctl(master.number, 0x8004_5430, &number) == 0
    else { throw Errno.current }
    slave = try FileDescriptor.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    resize(columns: columns)
  }

  /// Makes it that wide.
  func resize(columns: Int) {
    self.columns = columns
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master.number, UInt(TIOCSWINSZ), &size)
  }

  /// All lines, scrolled ones first, after what was written so far has arrived.
  func lines() -> [String] {
    drain()
    return screen.lines
  }

  /// All lines, as soon as they satisfy `condition` (or after ten seconds).
  func lines(when condition: ([String]) -> Bool) -> [String] {
    for _ in 0..<1000 where !condition(lines()) { usleep(10_000) }
    return lines()
  }

  /// Takes what was written so far.
  @discardableResult func drain() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(master.number, &buffer, buffer.count)
      guard count > 0 else { break }
      all += buffer[..<count]
    }
    screen.take(all)
    return all
  }
}

/// As much of a terminal as the display may ask for: anything else is a failure of the test.
struct TerminalModel {
  let columns: Int
  let rows: Int
  private var cells: [[Character]] = [[]]
  private var row = 0
  private var column = 0
  /// The rows above this one have scrolled away for good.
  private var top = 0
  /// What it was asked for and is not in it.
  private(set) var surprises: [String] = []

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  var lines: [String] {
    var lines = cells.map { line in String(line) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  mutating func take(_ bytes: [UInt8]) {
    var rest = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n": lineFeed()
      case "\u{1B}": sequence(&rest)
      case _ where scalar.value < 32: surprises.append("control \(scalar.value)")
      default: put(Character(scalar))
      }
    }
  }

  private mutating func put(_ character: Character) {
    if column == columns {
      column = 0
      lineFeed()
    }
    while cells[row].count <= column { cells[row].append(" ") }
    cells[row][column] = character
    column += 1
  }

  private mutating func lineFeed() {
    row += 1
    if row == cells.count { cells.append([]) }
    top = max(top, row - rows + 1)
  }

  private mutating func sequence(_ rest: inout ArraySlice<Unicode.Scalar>) {
    guard let end = rest.firstIndex(where: \.properties.isAlphabetic) else {
      surprises.append("half an escape sequence")
      return
    }
    let number = String(String.UnicodeScalarView(rest[..<end].dropFirst()))
    switch rest[end] {
    case "A": row = max(top, row - (Int(number) ?? 1))
    case "K": cells[row].removeLast(max(0, cells[row].count - column))
    case "J":
      cells[row].removeLast(max(0, cells[row].count - column))
      cells.removeLast(cells.count - row - 1)
    default: surprises.append("ESC \(number)\(rest[end])")
    }
    rest = rest[(end + 1)...]
  }
}
