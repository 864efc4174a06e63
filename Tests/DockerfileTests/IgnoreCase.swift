/// A `.dockerignore` and what it does to `IgnoreCase.files`.
struct IgnoreCase: Sendable {
  /// What is copied; names between commas, a directory's with a slash for all that is in it.
  enum Outcome: Sendable {
    case without(String)
    case only(String)
    case refused
  }

  let rules: String
  let outcome: Outcome

  init(_ rules: String, _ outcome: Outcome) {
    self.rules = rules
    self.outcome = outcome
  }

  /// All files that there are.
  static let files = [
    "a", "b", "ab", "a.o", "b.o", "readme.md", "notes.md", ".hidden", ".git/config", ".git/a", "d/a", "d/b",
    "d/a.o", "d/e/a", "d/e/b", "d/e/a.o", "d/e/f/a", "x/y", "x/z", "x/y.d/z", "!bang", "#hash", "é", "a*b",
    "[a]",
    "a^b", "x+y", "s/docs/one.md", "s/docs/two.md", "s/src/main.c", "s/src/docs/readme.md", "two words",
    "a\\b",
  ]

  /// What docker does: made by Tests/Commands/Fixtures/ignored.py.
  ///
  /// Where the classic builder of its client 28.2 and the BuildKit of 20.10 differ, what the client does: it has
  /// today's matcher.
  static let docker = [
    IgnoreCase("# a", .without("")),
    IgnoreCase(" # a", .without("")),
    IgnoreCase("#hash", .without("")),
    IgnoreCase("\\#hash", .without("#hash")),
    IgnoreCase("\\!bang", .without("!bang")),
    IgnoreCase("!bang", .without("")),
    IgnoreCase("a", .without("a")),
    IgnoreCase("/a", .without("a")),
    IgnoreCase("//a", .without("a")),
    IgnoreCase("./a", .without("a")),
    IgnoreCase("a/", .without("a")),
    IgnoreCase("d/", .without("d/")),
    IgnoreCase("/d/e/", .without("d/e/")),
    IgnoreCase("d/./e", .without("d/e/")),
    IgnoreCase("d/../a", .without("a")),
    IgnoreCase("../a", .without("")),
    IgnoreCase("/../a", .without("a")),
    IgnoreCase("..", .without("")),
    IgnoreCase(".", .without("")),
    IgnoreCase("/", .without("")),
    IgnoreCase("./", .without("")),
    IgnoreCase("*", .only("")),
    IgnoreCase("**", .only("")),
    IgnoreCase("/*", .only("")),
    IgnoreCase(
      "*/*", .without(".git/a, .git/config, d/a, d/a.o, d/b, d/e/, s/docs/, s/src/, x/y, x/y.d/, x/z")),
    IgnoreCase("**/*", .only("")),
    IgnoreCase("*.o", .without("a.o, b.o")),
    IgnoreCase("**/*.o", .without("a.o, b.o, d/a.o, d/e/a.o")),
    IgnoreCase("**.o", .without("a.o, b.o, d/a.o, d/e/a.o")),
    IgnoreCase("*/*.o", .without("d/a.o")),
    IgnoreCase("?", .without("a, b, d/, s/, x/, é")),
    IgnoreCase("??", .without("ab")),
    IgnoreCase("d/?", .without("d/a, d/b, d/e/")),
    IgnoreCase("[ab]", .without("a, b")),
    IgnoreCase("[^ab]", .without("d/, s/, x/, é")),
    IgnoreCase("[a-c].o", .without("a.o, b.o")),
    IgnoreCase("\\[a]", .without("[a]")),
    IgnoreCase("[[]a]", .without("[a]")),
    IgnoreCase("a\\*b", .without("a*b")),
    IgnoreCase("a\\\\b", .without("a\\b")),
    IgnoreCase("a^b", .without("a^b")),
    IgnoreCase("x+y", .without("x+y")),
    IgnoreCase("é", .without("é")),
    IgnoreCase("  a  ", .without("a")),
    IgnoreCase("\ta\r", .without("a")),
    IgnoreCase("two words", .without("two words")),
    IgnoreCase("\u{feff}a", .without("a")),
    IgnoreCase("a\n\u{feff}b", .without("a")),
    IgnoreCase("d/**", .without("d/a, d/a.o, d/b, d/e/")),
    IgnoreCase("d/**/a", .without("d/a, d/e/a, d/e/f/a")),
    IgnoreCase("**/a", .without(".git/a, a, d/a, d/e/a, d/e/f/a")),
    IgnoreCase("**/e", .without("d/e/")),
    IgnoreCase("**/e/**", .without("d/e/a, d/e/a.o, d/e/b, d/e/f/")),
    IgnoreCase("**/f/a", .without("d/e/f/a")),
    IgnoreCase("d/e**", .without("d/e/")),
    IgnoreCase("d**", .without("d/")),
    IgnoreCase("d/**/", .without("d/a, d/a.o, d/b, d/e/")),
    IgnoreCase("***", .only("")),
    IgnoreCase("**/**/a", .without(".git/a, a, d/a, d/e/a, d/e/f/a")),
    IgnoreCase("d/*/a", .without("d/e/a")),
    IgnoreCase("*/e/a", .without("d/e/a")),
    IgnoreCase("a\nb\n\n\n.hidden", .without(".hidden, a, b")),
    IgnoreCase("*\n!a", .only("a")),
    IgnoreCase("*\n!d", .only("d/")),
    IgnoreCase("*\n!d/e", .only("d/e/")),
    IgnoreCase("*\n!d/e/a", .only("d/e/a")),
    IgnoreCase("*\n!*.md", .only("notes.md, readme.md")),
    IgnoreCase("**\n!d/e", .only("d/e/")),
    IgnoreCase("d\n!d/a", .without("d/a.o, d/b, d/e/")),
    IgnoreCase("d\n!d/e/a", .without("d/a, d/a.o, d/b, d/e/a.o, d/e/b, d/e/f/")),
    IgnoreCase("d\n!d/*", .without("")),
    IgnoreCase("d\n!d/e\nd/e/f", .without("d/a, d/a.o, d/b, d/e/f/")),
    IgnoreCase("d/e\n!d", .without("d/e/")),
    IgnoreCase("!d\nd", .without("d/")),
    IgnoreCase("d/*\n!d/a", .without("d/a.o, d/b, d/e/")),
    IgnoreCase("d\n!d", .without("")),
    IgnoreCase("x/y\n!x", .without("x/y")),
    IgnoreCase("*\n! a", .only("a")),
    IgnoreCase("*\n!/a", .only("a")),
    IgnoreCase("*\n!./a", .only("a")),
    IgnoreCase("*\n!d/", .only("d/")),
    IgnoreCase("*\n!d/**", .only("d/")),
    IgnoreCase("**/a\n!d/**/a", .without(".git/a, a")),
    IgnoreCase("*\n!\\!bang", .only("!bang")),
    IgnoreCase("!!bang\n", .without("")),
    IgnoreCase("*\n!!bang", .only("!bang")),
    IgnoreCase("s\n!s/docs\ns/docs/two.md", .without("s/docs/two.md, s/src/")),
    IgnoreCase("**/docs\n!s/docs", .without("s/src/docs/")),
    IgnoreCase("**/*.md\n!**/readme.md", .without("notes.md, s/docs/one.md, s/docs/two.md")),
    IgnoreCase("s/*/*.md", .without("s/docs/one.md, s/docs/two.md")),
    IgnoreCase("s/**/docs", .without("s/docs/, s/src/docs/")),
    IgnoreCase("*\n!s/src/*.c", .only("s/src/main.c")),
    IgnoreCase(".git", .without(".git/")),
    IgnoreCase(".*", .without(".git/, .hidden")),
    IgnoreCase("**/.git", .without(".git/")),
    IgnoreCase(".dockerignore", .without("")),
    IgnoreCase("Dockerfile", .without("")),
    IgnoreCase("*\n!Dockerfile", .only("")),
    IgnoreCase("A", .without("")),
    IgnoreCase("D/a", .without("")),
    IgnoreCase("/!a\nb", .without("b")),
    IgnoreCase("/ a ", .without("a")),
    IgnoreCase("! ", .refused),
    IgnoreCase("!", .refused),
    IgnoreCase("!/", .refused),
    IgnoreCase("[", .refused),
    IgnoreCase("a[", .refused),
    IgnoreCase("[]a]", .refused),
    IgnoreCase("[-a]", .refused),
    IgnoreCase("[a-]", .refused),
    IgnoreCase("[z-a]", .refused),
    IgnoreCase("a\\", .refused),
    IgnoreCase("\\", .refused),
    IgnoreCase("*\n![", .refused),
    IgnoreCase("a\nb\n[", .refused),
    IgnoreCase("[a\n]", .refused),
  ]

  /// Exceptions with wildcards: docker 20.10 does not look into directories that are left out for them, BuildKit
  /// has since learnt it.
  static let exceptions = [
    IgnoreCase("**\n!**/a", .only(".git/a, a, d/a, d/e/a, d/e/f/a")),
    IgnoreCase("*\n!*/a", .only(".git/a, d/a")),
    IgnoreCase("*\n!**/b", .only("b, d/b, d/e/b")),
    IgnoreCase("*\n!s/*/docs", .only("s/src/docs/")),
    IgnoreCase("*\n!*/a\n!d/e/b", .only(".git/a, d/a, d/e/b")),
  ]
}
