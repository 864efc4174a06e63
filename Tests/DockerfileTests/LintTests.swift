import System
import Testing

@testable import Dockerfile

@Suite("Build checks")
struct LintTests {
  private func lint(
    _ text: String, ignore: String = "out\nsecret.*", check: String? = nil, stages: Set<Int>? = nil
  ) throws -> Lint {
    var surroundings = Lint.Surroundings()
    surroundings.ignore = try IgnoreRules(parsing: Array(ignore.utf8))
    surroundings.variables = { $0 == "known" ? ["HOME_OF_IT"] : nil }
    surroundings.buildArguments["BUILDKIT_DOCKERFILE_CHECK"] = check
    surroundings.stages = stages
    return try Lint(ParsedDockerfile(parsing: Array(text.utf8), name: "Dockerfile"), surroundings)
  }

  private func found(_ text: String, ignore: String = "", check: String? = nil) throws -> [String] {
    try lint(text, ignore: ignore, check: check).warnings.map { "\($0.lines.lowerBound) \($0.name)" }
  }

  @Test("it finds what is bad, where it is, and nothing else", arguments: LintCase.all)
  func bad(_ test: LintCase) throws {
    for (text, line) in test.bad {
      let warnings = try lint(text).warnings
      #expect(
        warnings.map { "\($0.lines.lowerBound) \($0.name)" } == ["\(line) \(test.rule.name)"], "\(text)")
    }
  }

  @Test("it lets pass what is nearly bad", arguments: LintCase.all)
  func good(_ test: LintCase) throws {
    for text in test.good { #expect(try found(text, ignore: "out\nsecret.*") == [], "\(text)") }
  }

  @Test("each check has cases of both kinds, and a page")
  func complete() {
    for rule in LintRule.allCases {
      let test = LintCase.all.first { $0.rule == rule }
      #expect(test?.bad.isEmpty == false && test?.good.isEmpty == false, "\(rule.name)")
    }
    let page = "https://docs.docker.com/go/dockerfile/rule/"
    #expect(LintRule.jsonArgsRecommended.url == page + "json-args-recommended/")
    #expect(LintRule.fromAsCasing.url == page + "from-as-casing/")
    #expect(LintRule.secretsUsedInArgOrEnv.url == page + "secrets-used-in-arg-or-env/")
    #expect(LintRule.undefinedVar.url == page + "undefined-var/")
  }

  @Test("warnings come in the order of lines, each once, in one line")
  func order() throws {
    let lint = try lint("from scratch As A\nRUN --mount=type=cache,target=/$B$B,id=$B x\nMAINTAINER me\\\n\n")
    #expect(
      lint.warnings.map { "\($0.lines.lowerBound) \($0.name)" } == [
        "1 StageNameCasing", "1 FromAsCasing", "1 ConsistentInstructionCasing", "2 UndefinedVar",
        "3 NoEmptyContinuation", "3 MaintainerDeprecated",
      ])
    #expect(lint.warnings.allSatisfy { !$0.message.isEmpty && $0.message.oneLine == $0.message })
    #expect(!lint.isError)
  }

  @Test("a name that is nearly right is suggested")
  func suggestions() throws {
    let messages = try lint("ARG VERSION=1\nFROM a$VERSOIN\nFROM scratch\nENV NAME=1\nLABEL a=$NAM").warnings
      .map(\.message)
    #expect(messages.count == 2)
    #expect(messages.first?.hasSuffix("(did you mean VERSION?)") == true)
    #expect(messages.last?.hasSuffix("(did you mean NAME?)") == true)
  }

  @Test("checks are skipped by a directive, by the build argument, and before one instruction")
  func skipping() throws {
    let text = "FROM scratch\nMAINTAINER me\nCMD a"
    #expect(try found(text) == ["2 MaintainerDeprecated", "3 JSONArgsRecommended"])
    #expect(try found("# check=skip=MaintainerDeprecated\n" + text) == ["4 JSONArgsRecommended"])
    #expect(try found("# check=skip=JSONArgsRecommended, MaintainerDeprecated\n" + text) == [])
    #expect(try found("# check=skip=all;error=true\n" + text) == [])
    #expect(try found("# check=skip=all\n" + text, check: "error=true").count == 2)
    #expect(try found(text, check: "skip=MaintainerDeprecated") == ["3 JSONArgsRecommended"])
    #expect(try found("FROM scratch\n# check=skip=MaintainerDeprecated\nMAINTAINER me") == [])
    #expect(try found("FROM scratch\n# check=skip=Other and why\nMAINTAINER me").count == 1)
    #expect(try found("FROM scratch\n# check=nonsense\nMAINTAINER me").count == 1)
  }

  @Test("error=true makes warnings an error, where there are any")
  func errors() throws {
    #expect(try lint("# check=error=true\nFROM scratch\nCMD a").isError)
    #expect(try lint("FROM scratch\nCMD a", check: "skip=Other;error=1").isError)
    #expect(try !lint("# check=error=true\nFROM scratch").isError)
    #expect(try !lint("# check=error=false\nFROM scratch\nCMD a").isError)
  }

  @Test(
    "options that make no sense are an error",
    arguments: ["skip", "error=maybe", "other=1", "skip=all;", "=", "error="])
  func nonsense(_ check: String) {
    #expect(throws: Failure.self) { _ = try lint("FROM scratch", check: check) }
  }

  @Test("stages that are not built are only looked at for style")
  func unbuilt() throws {
    let text = "FROM scratch AS a\nWORKDIR /a\nCMD a\nRun a\nFROM a\nWORKDIR b"
    #expect(try lint(text, stages: [1]).warnings.map(\.name) == ["ConsistentInstructionCasing"])
    #expect(try lint(text).warnings.count == 2)
  }

  @Test("all of the context is only ignored where a rule says so, and exceptions make it uncertain")
  func contexts() throws {
    for rules in ["*", "**", "**/*"] {
      #expect(try found("FROM scratch\nCOPY . /", ignore: rules) == ["2 CopyIgnoredFile"], "\(rules)")
    }
    for rules in ["*.o", "a", "*\n!a", ""] {
      #expect(try found("FROM scratch\nCOPY . /", ignore: rules) == [], "\(rules)")
    }
    #expect(try found("FROM scratch\nCOPY a /", ignore: "a\n!a/b") == [])
  }

  @Test("a build argument is a variable's value, and defaults are what FROM is checked with")
  func arguments() throws {
    var surroundings = Lint.Surroundings()
    surroundings.buildArguments = ["TAG": "1", "DIR": "/a"]
    let text = "ARG TAG\nFROM a:$TAG\nARG DIR=b\nWORKDIR $DIR"
    let lint = try Lint(ParsedDockerfile(parsing: Array(text.utf8), name: "Dockerfile"), surroundings)
    #expect(lint.warnings.map(\.name) == ["InvalidDefaultArgInFrom"])
  }

  @Test("a long file is checked in time that is linear in its length")
  func long() throws {
    let lines = (0..<20_000).map { "ENV A\($0)=$B\($0)\nARG C\($0)=1\nRun x" }
    let text = (0..<20_000).map { "ARG A\($0)=$A\($0)" } + ["FROM scratch"] + lines
    let dockerfile = try ParsedDockerfile(
      parsing: Array(text.joined(separator: "\n").utf8), name: "Dockerfile")
    var count = 0
    let time = try ContinuousClock().measure { count = try Lint(dockerfile).warnings.count }
    #expect(count >= 40_000)
    #expect(time < .seconds(60), "\(time)")
  }
}
