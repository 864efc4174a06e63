import Image
import System
import Testing

@Suite struct JSONTests {
  private static let document: JSON = [
    "b": .array([.number("1.50"), .bool(true), .null]), "a": ["x": .string("é\"\\\n\u{1}/")], "e": .array([]),
    "o": [:],
  ]

  @Test("compact bytes keep the order of keys and the text of numbers")
  func compact() {
    #expect(
      String(decoding: Self.document.encoded(), as: UTF8.self)
        == #"{"b":[1.50,true,null],"a":{"x":"é\"\\\n\u0001/"},"e":[],"o":{}}"#)
  }

  @Test("bytes for people have a member a line")
  func pretty() {
    let expected = #"""
      {
        "b": [
          1.50,
          true,
          null
        ],
        "a": {
          "x": "é\"\\\n\u0001/"
        },
        "e": [],
        "o": {}
      }

      """#
    #expect(String(decoding: Self.document.encodedPretty(), as: UTF8.self) == expected)
  }

  @Test("what was written is read as the same value")
  func roundTrip() throws {
    #expect(try JSON(parsing: Self.document.encoded()) == Self.document)
    #expect(try JSON(parsing: Self.document.encodedPretty()) == Self.document)
    let every = JSON.string(String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init))))
    #expect(try JSON(parsing: every.encoded()) == every)
  }

  @Test(
    "an integer is one without fraction and exponent that fits",
    arguments: [
      ("0", 0), ("-5", -5), ("9223372036854775807", Int64.max), ("9223372036854775808", nil), ("1.0", nil),
      ("1e3", nil),
    ] as [(String, Int64?)])
  func integer(_ text: String, _ value: Int64?) {
    #expect(JSON.number(text).integer == value)
  }

  @Test("keys are told apart by case")
  func keys() {
    let json: JSON = ["Layers": .number("1")]
    #expect(json["layers"] == nil)
    #expect(json["Layers"]?.integer == 1)
    #expect(JSON.string("1").integer == nil)
  }

  @Test("setting a member keeps its place, a new one comes last, nil removes it")
  func editing() {
    var object: JSON.Object = ["a": .null, "b": .null]
    object["a"] = .bool(true)
    object["c"] = .null
    object["b"] = nil
    #expect(JSON.object(object).encoded() == Array(#"{"a":true,"c":null}"#.utf8))
  }
}
