import System
import Testing

@testable import Dockerfile

/// A pattern, and what it matches and doesn't.
struct PatternCase: Sendable, CustomTestStringConvertible {
  let pattern: String
  let matching: [String]
  let others: [String]

  init(_ pattern: String, _ matching: [String], not others: [String]) {
    self.pattern = pattern
    self.matching = matching
    self.others = others
  }

  var testDescription: String { pattern }
}

@Suite("Patterns of paths")
struct IgnorePatternTests {
  static let common: [PatternCase] = [
    PatternCase("", [""], not: ["a"]),
    PatternCase("a", ["a"], not: ["", "b", "aa", "a/a", "A"]),
    PatternCase("a/b", ["a/b"], not: ["a", "a/", "a/b/c", "ab"]),
    PatternCase("*", ["", "a", "ab", ".a"], not: ["a/b", "/"]),
    PatternCase("*.o", [".o", "a.o", "a.o.o"], not: ["a/b.o", "a.ob", "ao"]),
    PatternCase("a*", ["a", "ab"], not: ["a/b", "ba"]),
    PatternCase("a*b*c", ["abc", "axbxc", "abbcc", "abcbc"], not: ["ab/c", "acb", "abcd"]),
    PatternCase("*/b", ["a/b", "/b"], not: ["b", "a/a/b"]),
    PatternCase("*/*", ["a/b"], not: ["a", "a/b/c"]),
    PatternCase("?", ["a", "é", "\u{1F600}"], not: ["", "/", "ab"]),
    PatternCase("a?c", ["abc", "aéc"], not: ["ac", "a/c", "abbc"]),
    PatternCase("[a-c]x", ["ax", "cx"], not: ["dx", "x", "-x", "aax"]),
    PatternCase("[ac]", ["a", "c"], not: ["b"]),
    PatternCase("[^a-c]", ["d", "é", "^", "/"], not: ["a", "c", "", "dd"]),
    PatternCase("[a^]", ["a", "^"], not: ["b"]),
    PatternCase("[!a]", ["!", "a"], not: ["b"]),
    PatternCase("[\\]\\-]", ["]", "-"], not: ["\\", "a"]),
    PatternCase("[à-ö]", ["é"], not: ["e"]),
    PatternCase("]a", ["]a"], not: ["a"]),
    PatternCase("a^b.c+(d)|{e}$", ["a^b.c+(d)|{e}$"], not: ["aabxc"]),
    PatternCase("a.*", ["a.b"], not: ["axb"]),
    PatternCase("\\*", ["*"], not: ["a", "\\*"]),
    PatternCase("\\a\\?", ["a?"], not: ["ab", "\\a?"]),
    PatternCase("a\\[b]", ["a[b]"], not: ["ab"]),
  ]

  @Test("in both syntaxes a pattern matches exactly these", arguments: common)
  func inBoth(_ test: PatternCase) throws {
    for syntax in [PathPattern.Syntax.match, .ignore] { try check(test, syntax) }
  }

  @Test(
    "in .dockerignore ** stands for whole directories",
    arguments: [
      PatternCase("**", ["", "a", "a/b", "a/b/c"], not: []),
      PatternCase("**/a", ["a", "b/a", "b/c/a"], not: ["ba", "a/b", "b/ca"]),
      PatternCase("**/a/b", ["a/b", "c/a/b"], not: ["ca/b", "b"]),
      PatternCase("a/**", ["a/b", "a/b/c"], not: ["a", "ab"]),
      PatternCase("a/**/b", ["a/b", "a/c/b", "a/c/d/b"], not: ["ab", "a/cb", "a/b/c"]),
      PatternCase("**/*.o", ["a.o", "b/a.o", "b/c/.o"], not: ["a.o/b"]),
      PatternCase("*/**", ["a/b", "a/b/c"], not: ["a"]),
      PatternCase("**/*/a", ["b/a", "c/b/a"], not: ["a"]),
      PatternCase("**/**/a", ["a", "b/a", "b/c/a"], not: ["ba"]),
      PatternCase("**a", ["a", "ba", "b/ca"], not: ["ab"]),
      PatternCase("**a*", ["a", "b/ac"], not: ["ba"]),
      PatternCase("a**", ["a", "ab", "ab/c", "a/b"], not: ["ba"]),
      PatternCase("a**b", ["ab", "ac/b"], not: ["acb", "a/cb"]),
      PatternCase("**x**y", ["x/xy", "xy", "x/y"], not: ["xay"]),
      PatternCase("***", ["a", "a/b"], not: []),
      PatternCase("****", ["a", "a/b"], not: []),
      PatternCase("**/[ab]/**", ["a/c", "d/b/e/f"], not: ["a", "c/d"]),
    ])
  func doubled(_ test: PatternCase) throws { try check(test, .ignore) }

  @Test("in COPY ** is no more than *")
  func notDoubled() throws {
    try check(PatternCase("**/a", ["b/a", "/a"], not: ["a", "b/c/a"]), .match)
    try check(PatternCase("a**", ["a", "ab"], not: ["a/b"]), .match)
  }

  private func check(_ test: PatternCase, _ syntax: PathPattern.Syntax) throws {
    let pattern = try PathPattern(Array(test.pattern.utf8), syntax: syntax)
    for path in test.matching { #expect(pattern.matches(Array(path.utf8)), "\(path)") }
    for path in test.others { #expect(!pattern.matches(Array(path.utf8)), "\(path)") }
  }

  @Test(
    "what is no pattern is an error",
    arguments: [
      "[", "a[", "[]", "[]a]", "[^]", "[a", "[a-", "[a-]", "[-a]", "[a--]", "[z-a]", "a\\", "[\\", "[a\\",
      "*[",
    ])
  func malformed(_ pattern: String) {
    for syntax in [PathPattern.Syntax.match, .ignore] {
      let failure = #expect(throws: Failure.self) { _ = try PathPattern(Array(pattern.utf8), syntax: syntax) }
      #expect(failure?.kind == .invalid && failure?.subject == pattern)
    }
  }

  @Test("a byte that is no UTF-8 is one character, and only itself")
  func notText() throws {
    func matches(_ pattern: [UInt8], _ path: [UInt8]) throws -> Bool {
      try PathPattern(pattern, syntax: .ignore).matches(path)
    }
    #expect(try matches(Array("a?b".utf8), [0x61, 0xff, 0x62]))
    #expect(try matches(Array("a??b".utf8), [0x61, 0xc3, 0xc3, 0x62]))
    #expect(try matches(Array("[^x]".utf8), [0xfe]))
    #expect(try matches([0xff, 0x2a], [0xff, 0x61]))
    #expect(try !matches([0xff, 0x3f], [0xfe, 0x61]))
    #expect(try !matches(Array("?".utf8), [0xed, 0xa0, 0x80]))
  }

  @Test("what has wildcards is known")
  func wildcards() {
    for text in ["*", "a?", "[a]", "\\\\*"] { #expect(PathPattern.hasWildcards(text.utf8), "\(text)") }
    for text in ["", "a", "a]", "\\*", "\\[a]", "a\\"] {
      #expect(!PathPattern.hasWildcards(text.utf8), "\(text)")
    }
  }

  @Test(
    "whether something below a directory can match",
    arguments: [
      PatternCase("a/b", ["a"], not: ["b", "a/b", "ab", "a/c"]),
      PatternCase("a", [], not: ["a", "b"]),
      PatternCase("*/b", ["a", "x"], not: ["a/b", "b/c"]),
      PatternCase("a/*/c", ["a", "a/b"], not: ["b", "a/b/c"]),
      PatternCase("a/**", ["a", "a/b", "a/b/c"], not: ["b"]),
      PatternCase("**/b", ["a", "a/b", "b"], not: []),
      PatternCase("a*/b", ["a", "ab"], not: ["b", "a/b"]),
      PatternCase("a/b*c/d", ["a", "a/bc", "a/bxxc"], not: ["a/b", "a/bd", "a/bc/d"]),
      PatternCase("[ab]/c", ["a", "b"], not: ["c", "ab"]),
    ])
  func below(_ test: PatternCase) throws {
    let pattern = try PathPattern(Array(test.pattern.utf8), syntax: .ignore)
    for path in test.matching { #expect(pattern.mayMatch(below: Array(path.utf8)), "\(path)") }
    for path in test.others { #expect(!pattern.mayMatch(below: Array(path.utf8)), "\(path)") }
  }
}
