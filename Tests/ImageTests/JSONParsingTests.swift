import Image
import System
import Testing

@Suite struct JSONParsingTests {
  private func parse(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

  @Test(
    "a document comes out as it stands",
    arguments: [
      ("null", JSON.null), ("true", .bool(true)), (" \t\r\n false \n", .bool(false)),
      ("0", .number("0")), ("-0", .number("-0")), ("1.50", .number("1.50")),
      ("-1.2e+34", .number("-1.2e+34")),
      ("1E5", .number("1E5")), ("18446744073709551615", .number("18446744073709551615")),
      (#""""#, .string("")), (#""a b""#, .string("a b")), ("\"é☃🐳\"", .string("é☃🐳")),
      (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{c}\n\r\t")),
      (#""\u00e9\u2603 \ud83d\udc33""#, .string("é☃ 🐳")), (#""x\u0000y""#, .string("x\0y")),
      ("\"\u{7f}\"", .string("\u{7f}")),
      ("[]", .array([])), ("[ ]", .array([])),
      ("[1, [2] ,null]", .array([.number("1"), .array([.number("2")]), .null])),
      ("{}", [:]), (#"{ "b" : 1,"a":{"" : []} }"#, ["b": .number("1"), "a": ["": .array([])]]),
      (#"{"a":1,"A":2}"#, ["a": .number("1"), "A": .number("2")]),
    ] as [(String, JSON)])
  func accepts(_ text: String, _ value: JSON) throws {
    #expect(try parse(text) == value)
  }

  @Test(
    "what is not JSON is refused, and the place is named",
    arguments: [
      ("", "line 1, column 1: it ends where a value should be"),
      (" \n ", "line 2, column 2: it ends where a value should be"),
      ("<html>", "line 1, column 1: '<' where a value should be"),
      ("\u{FEFF}{}", "line 1, column 1: byte 239 where a value should be"),
      ("nul", "line 1, column 4: it ends where a value should be"),
      ("True", "line 1, column 1: 'T' where a value should be"),
      ("NaN", "line 1, column 1: 'N' where a value should be"),
      ("1 2", "line 1, column 3: '2' after the end of the document"),
      ("{} x", "line 1, column 4: 'x' after the end of the document"),
      ("{}\0", "line 1, column 3: byte 0 after the end of the document"),
      ("[1", "line 1, column 3: it ends where ',' or ']' should be"),
      ("[1,]", "line 1, column 4: ']' where a value should be"),
      ("[1 2]", "line 1, column 4: '2' where ',' or ']' should be"),
      ("[,1]", "line 1, column 2: ',' where a value should be"),
      ("{\n  \"a\": 1,\n}", "line 3, column 1: '}' where a key in quotes should be"),
      ("{a:1}", "line 1, column 2: 'a' where a key in quotes should be"),
      ("{\"a\" 1}", "line 1, column 6: '1' where ':' should be"),
      ("{\"a\":1 \"b\":2}", "line 1, column 8: '\"' where ',' or '}' should be"),
      ("{\"a\":1,\"a\":1}", "line 1, column 8: the key comes twice"),
      ("{\"a\":1,\"\\u0061\":1}", "line 1, column 8: the key comes twice"),
      ("01", "line 1, column 2: '1' in a number"), ("-", "line 1, column 2: it ends in a number"),
      ("+1", "line 1, column 1: '+' where a value should be"),
      ("1.", "line 1, column 3: it ends in a number"),
      (".5", "line 1, column 1: '.' where a value should be"),
      ("1e", "line 1, column 3: it ends in a number"),
      ("1e+", "line 1, column 4: it ends in a number"),
      ("0x1", "line 1, column 2: 'x' after the end of the document"),
      ("\"abc", "line 1, column 5: it ends in a string"),
      ("\"a\nb\"", "line 1, column 3: byte 10 in a string"),
      ("\"a\\", "line 1, column 4: it ends in an escape"), ("\"\\x\"", "line 1, column 3: 'x' in an escape"),
      ("\"\\u12g4\"", "line 1, column 6: 'g' in an escape"),
      ("\"\\ud83d\"", "line 1, column 3: half a surrogate pair"),
      ("\"\\udc33\"", "line 1, column 3: half a surrogate pair"),
      ("\"\\ud83d\\u0041\"", "line 1, column 3: half a surrogate pair"),
      ("'a'", "line 1, column 1: ''' where a value should be"),
      ("[1]//", "line 1, column 4: '/' after the end of the document"),
    ])
  func refuses(_ text: String, _ place: String) {
    #expect(problem { _ = try parse(text) } == "not valid JSON at \(place)")
  }

  @Test(
    "bytes that are not UTF-8 are refused in strings and keys",
    arguments: [[0xC3], [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF]]
      as [[UInt8]])
  func utf8(_ bytes: [UInt8]) {
    let quoted = [0x22] + bytes + [0x22]
    let escaped = Array(#""\n"#.utf8) + bytes + [0x22]
    for text in [quoted, escaped, [0x7B] + quoted + Array(":1}".utf8)] {
      #expect(problem { _ = try JSON(parsing: text) }.hasSuffix("not UTF-8"))
    }
  }

  @Test("nesting is taken to the limit and no deeper")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(JSON.depthLimit))
    #expect(problem { _ = try parse(nested(JSON.depthLimit + 1)) }.hasSuffix("nested too deeply"))
    #expect(
      problem { _ = try parse(String(repeating: "{\"a\":", count: 100_000)) }.hasSuffix("nested too deeply"))
  }

  @Test("a document above the caller's limit is refused")
  func size() throws {
    _ = try JSON(parsing: Array("[1,2]".utf8), limit: 5)
    #expect(
      problem { _ = try JSON(parsing: Array("[1,2]".utf8), limit: 4) }.contains(
        "too many for a JSON document"))
    let large = Array("\"".utf8) + [UInt8](repeating: 0x61, count: JSON.sizeLimit - 1) + Array("\"".utf8)
    #expect(throws: Failure.self) { try JSON(parsing: large) }
  }

  @Test("the number of values is bounded, and with it the memory")
  func count() {
    let text = "[" + String(repeating: "0,", count: JSON.valueLimit) + "0]"
    #expect(problem { _ = try parse(text) }.hasSuffix("too many values"))
  }

  @Test("a key that comes twice is found among many, without comparing each with each")
  func manyKeys() throws {
    let members = (0..<50_000).map { "\"key\($0)\":0" }.joined(separator: ",")
    #expect(try parse("{\(members)}").object?.members.count == 50_000)
    #expect(problem { _ = try parse("{\(members),\"key17\":1}") }.hasSuffix("the key comes twice"))
  }

  @Test("the failure is of the kind that says the format is wrong")
  func kind() {
    #expect { try parse("{") } throws: { ($0 as? Failure)?.kind == .invalid }
  }
}
