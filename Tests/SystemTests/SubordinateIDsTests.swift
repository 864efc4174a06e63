import Testing

@testable import System

@Suite("Subordinate ids")
struct SubordinateIDsTests {
  typealias Range = SubordinateIDs.Range

  @Test(
    "lines of the user count, by number and by name; what is no line is passed over",
    arguments: [
      ("u:100000:65536\n", [Range(first: 100000, count: 65536)]),
      ("7:1:2\nx:5:5\nu:8:9", [Range(first: 1, count: 2), Range(first: 8, count: 9)]),
      ("u:1\nu:1:2:3\nu:a:2\nu:1:0\n#u:1:2\nuu:1:2\n:1:2", []),
      ("u:4294967295:1", []), ("u:4294967296:1", []), ("u:1:4294967295", []), ("u:-1:5", []),
      ("", []),
    ])
  func lines(text: String, ranges: [Range]) {
    #expect(SubordinateIDs.ranges(in: text, of: ["7", "u"]) == ranges)
  }

  @Test("root is the user, and the ranges follow without a gap, as far as numbers go")
  func runs() {
    let ranges = [Range(first: 10, count: 5), Range(first: 100, count: .max - 3), Range(first: 1, count: 1)]
    #expect(
      SubordinateIDs.runs(for: 1000, then: ranges) == [
        IdentityMap.Run(inside: 0, outside: 1000, count: 1),
        IdentityMap.Run(inside: 1, outside: 10, count: 5),
      ])
    #expect(
      SubordinateIDs.runs(for: 0, then: Array(repeating: Range(first: 9, count: 1), count: 999)).count == 340)
  }
}
