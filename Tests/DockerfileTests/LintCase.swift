import Dockerfile
import Testing

/// A build check, what it finds and what it lets pass.
struct LintCase: Sendable, CustomTestStringConvertible {
  let rule: LintRule
  /// Dockerfiles in which this check alone finds something, once, and in which line.
  let bad: [(text: String, line: Int)]
  /// Dockerfiles in which no check finds anything.
  let good: [String]

  init(_ rule: LintRule, bad: [(String, Int)], good: [String]) {
    self.rule = rule
    self.bad = bad
    self.good = good
  }

  var testDescription: String { rule.name }

  static let all = style + from + stages

  static let style = [
    LintCase(
      .stageNameCasing, bad: [("FROM scratch AS Build", 1), ("FROM --platform=$BUILDPLATFORM a AS B", 1)],
      good: ["FROM scratch AS build", "FROM scratch"]),
    LintCase(
      .fromAsCasing, bad: [("FROM scratch as a", 1), ("from scratch AS a", 1), ("FROM scratch As a", 1)],
      good: ["FROM scratch AS a", "from scratch as a"]),
    LintCase(
      .noEmptyContinuation,
      bad: [("FROM scratch\nRUN a \\\n\n  b", 2), ("FROM scratch\nENV A=1 \\\n \t\nB=2", 2)],
      good: ["FROM scratch\nRUN a \\\n# comment\n  b", "FROM scratch\n\nRUN a", "FROM scratch\nRUN <<E\n\nE"]),
    LintCase(
      .consistentInstructionCasing,
      bad: [
        ("FROM scratch\nRun a", 2), ("FROM scratch\nCOPY a b\nrun a", 3), ("FROM scratch\nrun a", 2),
        ("from scratch\nrun a\nRUN a", 3), ("From scratch\nRUN a", 1),
      ],
      good: ["FROM scratch\nRUN a", "from scratch\nrun a", "arg A\nFROM scratch\nRUN a"]),
    LintCase(
      .duplicateStageName, bad: [("FROM scratch AS a\nFROM scratch AS a", 2)],
      good: ["FROM scratch AS a\nFROM scratch AS b", "FROM scratch\nFROM scratch"]),
    LintCase(
      .reservedStageName, bad: [("FROM scratch AS context", 1), ("FROM a AS scratch", 1)],
      good: ["FROM scratch AS contexts"]),
    LintCase(
      .maintainerDeprecated, bad: [("FROM scratch\nMAINTAINER me", 2)],
      good: ["FROM scratch\nLABEL maintainer=me"]),
    LintCase(
      .invalidDefinitionDescription,
      bad: [
        ("# check=experimental=all\n# other words\nFROM scratch AS a", 3),
        ("# check=experimental=InvalidDefinitionDescription\n# A\n# b is\nARG A\nFROM scratch", 4),
        ("# check=experimental=all\nFROM scratch\n# words\nARG A=1 B=2", 4),
      ],
      good: [
        "# check=experimental=all\n# a builds\nFROM scratch AS a", "# other words\nFROM scratch AS a",
        "# check=experimental=all\n# words\n\nFROM scratch AS a",
        "# check=experimental=all\n# words\n#\nARG A\nFROM scratch",
        "# check=experimental=all\n# words\nFROM scratch",
        "# check=experimental=all\nFROM scratch\n# words\nRUN a",
        "# check=experimental=all\nFROM scratch\n# B words\nARG A=1 B=2",
      ]),
  ]

  static let from = [
    LintCase(
      .undefinedArgInFrom,
      bad: [
        ("FROM a$NONE", 1), ("ARG A=a\nFROM a\nARG B=b\nFROM a${B}", 4),
        ("FROM --platform=linux/${TARGETARC} a", 1),
      ],
      good: [
        "ARG A=a\nFROM a$A", "ARG A=\nFROM a$A", "FROM --platform=$BUILDPLATFORM a", "ARG A\nFROM b${A:-c}",
      ]),
    LintCase(
      .invalidDefaultArgInFrom,
      bad: [("ARG TAG\nFROM busybox:${TAG}", 2), ("ARG A\nFROM $A", 2), ("ARG A=Upper\nFROM $A", 2)],
      good: [
        "ARG TAG=1\nFROM busybox:${TAG}", "ARG TAG\nFROM busybox:${TAG:-1}", "ARG TAG\nFROM busybox$TAG",
        "ARG A=b\nARG B=${A}c\nFROM $B",
      ]),
    LintCase(
      .redundantTargetPlatform,
      bad: [("FROM --platform=$TARGETPLATFORM a", 1), ("FROM --platform=${TARGETPLATFORM} a", 1)],
      good: ["FROM --platform=$BUILDPLATFORM a", "FROM --platform=${TARGETOS}/$TARGETARCH a"]),
    LintCase(
      .fromPlatformFlagConstDisallowed,
      bad: [("FROM --platform=linux/amd64 a", 1), ("FROM --platform=linux/arm64 a AS b", 1)],
      good: [
        "FROM --platform=linux/amd64 a AS b_amd64", "FROM --platform=linux/amd64 a AS linux",
        "ARG P=linux/amd64\nFROM --platform=$P a", "FROM a",
      ]),
  ]
}
