import System
import Testing

@Suite struct OneLineTests {
  @Test(
    "text for a terminal has neither control characters nor changes of direction",
    arguments: [
      ("busybox:latest", "busybox:latest"), ("ünïcode 🐳 日本", "ünïcode 🐳 日本"),
      ("a\nb\r\nc\td", #"a\u{a}b\u{d}\u{a}c\u{9}d"#), ("\u{1b}[31mred", #"\u{1b}[31mred"#),
      ("\u{9b}31m", #"\u{9b}31m"#),
      ("a\0\u{7f}", #"a\u{0}\u{7f}"#), ("exe\u{202e}gpj", #"exe\u{202e}gpj"#),
      ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
      ("\u{feff}\u{200b}x", #"\u{feff}\u{200b}x"#), ("", ""),
    ])
  func oneLine(_ text: String, _ expected: String) {
    #expect(text.oneLine == expected)
  }
}
