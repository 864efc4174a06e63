import Testing

@testable import CommandLine

@Suite struct TableTests {
  @Test("columns are at least ten wide, three spaces apart, and the last one is not padded")
  func columns() {
    var table = Table(["REPOSITORY", "TAG", "SIZE"])
    table.add(["localhost:5000/team/app", "1", "12MB"])
    table.add(["b", "latest-and-greatest", ""])
    #expect(
      table.lines == [
        "REPOSITORY                TAG                   SIZE",
        "localhost:5000/team/app   1                     12MB",
        "b                         latest-and-greatest   ",
      ])
    #expect(Table(["TAG", "SIZE"]).lines == ["TAG       SIZE"])
  }

  @Test("no cell can begin a line or speak to the terminal")
  func hostile() {
    var table = Table(["A", "B"])
    table.add(["x\ny", "\u{1B}[2J"])
    #expect(table.lines.last == #"x\u{a}y   \u{1b}[2J"#)
  }
}
