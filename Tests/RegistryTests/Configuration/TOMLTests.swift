import System
import Testing

@testable import Registry

@Suite struct TOMLTests {
  /// The document as nested text, keys sorted.
  private func read(_ text: String) throws -> String {
    try render(.table(TOMLParser.table(Array(text.utf8), name: "f")))
  }

  private func render(_ content: TOMLValue.Content) -> String {
    switch content {
    case .string(let text): "\"\(text)\""
    case .integer(let number): "\(number)"
    case .boolean(let flag): "\(flag)"
    case .array(let values): "[\(values.map { render($0.content) }.joined(separator: " "))]"
    case .table(let table):
      "{\(table.values.sorted { $0.key < $1.key }.map { "\($0.key)=\(render($0.value.content))" }.joined(separator: " "))}"
    case .tables(let tables): "[[\(tables.tables.map { render(.table($0)) }.joined(separator: " "))]]"
    }
  }

  @Test(
    "TOML is read as its specification says",
    arguments: [
      ("", "{}"),
      ("# only a comment", "{}"),
      ("a = 1 # c\r\n\tb=true\n\n c = false", "{a=1 b=true c=false}"),
      (
        "a = +1\nb = -17\nc = 1_000\nd = 0xff\ne = 0o17\nf = 0b11\ng = 0",
        "{a=1 b=-17 c=1000 d=255 e=15 f=3 g=0}"
      ),
      ("a = -9223372036854775808", "{a=-9223372036854775808}"),
      (#"a = "x\ty\"\\\u00e9\U0001F600" "#, "{a=\"x\ty\"\\é😀\"}"),
      (#"a = 'C:\x'"#, #"{a="C:\x"}"#),
      ("a = ''\nb = \"\"", #"{a="" b=""}"#),
      ("a = [1, [2,\n # c\n 3,],\n\n 'x',\n]", #"{a=[1 [2 3] "x"]}"#),
      ("a = []", "{a=[]}"),
      ("a = {}\nb = { c = 1, d.e = 'x' }", #"{a={} b={c=1 d={e="x"}}}"#),
      ("a.b.c = 1\na.b.d = 2\n\"x.y\" . 'z' = 3", "{a={b={c=1 d=2}} x.y={z=3}}"),
      ("[a]\nb = 1\n[c.d]\ne = 2\n[c]\nf = 3", "{a={b=1} c={d={e=2} f=3}}"),
      (
        "[[r]]\na = 1\n[[r.m]]\nb = 1\n[[r.m]]\nb = 2\n[[r]]\n[r.t]\nx = 1",
        "{r=[[{a=1 m=[[{b=1} {b=2}]]} {t={x=1}}]]}"
      ),
      ("[ a . \"b\" ]", "{a={b={}}}"),
      ("3-x_Y = 1", "{3-x_Y=1}"),
      ("true = false", "{true=false}"),
    ])
  func reads(_ text: String, _ expected: String) throws {
    #expect(try read(text) == expected)
  }

  @Test(
    "what is not understood is an error with its line",
    arguments: [
      ("a = 1\na = 2", 2), ("[a]\n[a]", 2), ("a.b = 1\na = 2", 2), ("a = 1\na.b = 2", 2),
      ("a.b = 1\n[a]", 2), ("a.b = 1\n[a.b.c]", 2), ("[a.b]\n[a]\nb.c = 1", 3), ("a = {b = 1}\n[a.c]", 2),
      ("a = {b = 1}\na.c = 1", 2), ("a = []\n[[a]]", 2), ("[[a]]\n[a]", 2), ("[a]\n[[a]]", 2),
      ("a = {b = 1, b = 2}", 1), ("[a]\nx = 1\n\n[b]\n[a]", 5), ("[a]\n\"b\" = 1\nb = 2", 3),
      ("a", 1), ("a =", 1), ("= 1", 1), ("a = 1 b = 2", 1), ("a = 'x", 1), ("a = \"x\n\"", 1),
      ("a = 'x\n'", 1),
      ("a = \"\"\"x\"\"\"", 1), ("a = '''x'''", 1), ("a = 1.5", 1), ("a = 1e3", 1), ("a = inf", 1),
      ("a = 1979-05-27", 1), ("a = 07:32:00", 1), ("a = 012", 1), ("a = 1__0", 1), ("a = _1", 1),
      ("a = 1_", 1),
      ("a = 0x", 1), ("a = +0xff", 1), ("a = 9223372036854775808", 1), ("a = True", 1), ("a = x", 1),
      ("a = - 1", 1),
      ("a = [1", 1), ("a = [1 2]", 1), ("a = [,]", 1), ("a = {b = 1,}", 1), ("a = {b = 1\n}", 1),
      ("a = {", 1),
      ("[a", 1), ("[]", 1), ("[a.]", 1), ("[[a]", 1), ("[[a] ]", 1), ("[a] x", 1), ("[a]\n[a.b]\n[a.b]", 3),
      ("a = \"\\x41\"", 1), ("a = \"\\ud800\"", 1), ("a = \"\\u12\"", 1), ("a = \"\\u+123\"", 1),
      ("a = \"\\", 1), ("# x\u{0}", 1), ("a = 'x\u{7}'", 1), ("a = 1\rb = 2", 1), ("a = 1\n\u{0}", 2),
      ("é = 1", 1),
      ("\u{feff}a = 1", 1), ("a = 1, b = 2", 1), ("a..b = 1", 1),
    ])
  func refuses(_ text: String, _ line: Int) throws {
    let failure = try #require(failure { try read(text) })
    #expect(failure.kind == .failed)
    #expect(failure.subject == "f:\(line)")
    #expect(!failure.problem.contains("\n"))
  }

  @Test("bytes that are not UTF-8 are refused")
  func refusesBadUTF8() {
    #expect(failure { try TOMLParser.table(Array("a = '".utf8) + [0xff, 0x27], name: "f") } != nil)
  }

  @Test(
    "nesting is bounded",
    arguments: [("a = ", "[", ""), ("a = ", "{a = ", ""), ("", "a.", "a = 1"), ("[", "a.", "a]")])
  func boundsNesting(_ start: String, _ repeated: String, _ end: String) {
    #expect(failure { try read(start + String(repeating: repeated, count: 100_000) + end) } != nil)
  }

  @Test("a long file takes no more than linear time")
  func isLinear() throws {
    let text = String(repeating: "[[r]]\n[[r.m]]\n", count: 70_000)
    let root = try TOMLParser.table(Array(text.utf8), name: "f")
    guard case .tables(let tables) = root.values["r"]?.content else { return #expect(Bool(false)) }
    #expect(tables.tables.count == 70_000)
  }
}
