import Dockerfile
import System
import Testing

@Suite("Dockerfiles that are wrong")
struct ParsingErrorTests {
  /// A text, the line that is blamed, and what is said of it.
  static let wrong: [(String, Int, String)] = [
    ("FRM busybox", 1, "unknown instruction: FRM (did you mean FROM?): FRM busybox"),
    ("FROM a\nrum x", 2, "unknown instruction: rum (did you mean run?)"),
    ("FROM a\nFOOBAR x", 2, "unknown instruction: FOOBAR: FOOBAR x"),
    ("\n# c\nRUN x\nFROM a", 3, "no build stage in current context"),
    ("FROM", 1, "FROM requires either one or three arguments"),
    ("FROM a b", 1, "FROM requires either one or three arguments"),
    ("FROM a at b", 1, "FROM requires either one or three arguments"),
    ("FROM a AS 1b", 1, "invalid name for build stage: \"1b\""),
    ("FROM a AS b/c", 1, "invalid name for build stage"),
    ("FROM --platfrom=x a", 1, "unknown flag: --platfrom (did you mean platform?)"),
    ("FROM --platform a", 1, "missing a value on flag: --platform"),
    ("FROM --platform=a --platform=b a", 1, "duplicate flag specified: --platform"),
    ("# escape=x\nFROM a", 1, "invalid escape token 'x'"),
    ("# syntax=a\n# syntax=b\nFROM a", 2, "only one syntax parser directive can be used"),
    ("FROM a\nRUN --mout=x y", 2, "unknown flag: --mout (did you mean mount?)"),
    ("FROM a\nRUN --network=foo y", 2, "invalid network mode \"foo\""),
    ("FROM a\nRUN --security=foo y", 2, "security \"foo\" is not valid"),
    ("FROM a\nRUN --mount=from=$x,target=/a y", 2, "'from' doesn't support variable expansion"),
    ("FROM a\nRUN --mount=a\\\"b y", 2, "bare \""),
    ("FROM a\nRUN []", 2, "RUN requires at least one argument"),
    ("FROM a\nRUN [\"a\", 1]", 2, "arrays must be comprised of strings only"),
    ("FROM a\nRUN <<EOF\nx\n", 2, "unterminated heredoc"),
    ("FROM a\nCOPY a", 2, "COPY requires at least two arguments, but only one was provided"),
    ("FROM a\nCOPY [\"a\"]", 2, "COPY requires at least two arguments"),
    ("FROM a\nCOPY a <<E\nE\n", 2, "COPY cannot accept a heredoc as a destination"),
    ("FROM a\nCOPY --link=x a b", 2, "expecting boolean value for flag --link, not: x"),
    ("FROM a\nCOPY --link= a b", 2, "missing a value on flag: --link"),
    ("FROM a\nCOPY --checksum=x a b", 2, "unknown flag: --checksum"),
    ("FROM a\nCOPY --from=$x a b", 2, "variable expansion is not supported for --from"),
    ("FROM a\nADD --from=x a b", 2, "unknown flag: --from"),
    ("FROM a\nADD --chown a b", 2, "missing a value on flag: --chown"),
    ("FROM a\nENV", 2, "ENV requires at least one argument"),
    ("FROM a\nENV a", 2, "ENV must have two arguments"),
    ("FROM a\nENV a=b c", 2, "can't find = in \"c\""),
    ("FROM a\nENV =b", 2, "ENV names can not be blank"),
    ("FROM a\nLABEL a", 2, "LABEL must have two arguments"),
    ("FROM a\nLABEL =b", 2, "LABEL names can not be blank"),
    ("FROM a\nARG", 2, "ARG requires at least one argument"),
    ("FROM a\nARG =b", 2, "ARG names can not be blank"),
    ("FROM a\nCMD --foo", 2, "unknown flag: --foo"),
    ("FROM a\nCMD [1]", 2, "arrays must be comprised of strings only"),
    ("FROM a\nENTRYPOINT [{}]", 2, "arrays must be comprised of strings only"),
    ("FROM a\nSHELL", 2, "SHELL requires at least one argument"),
    ("FROM a\nSHELL []", 2, "SHELL requires at least one argument"),
    ("FROM a\nSHELL sh -c", 2, "SHELL requires the arguments to be in JSON form"),
    ("FROM a\nEXPOSE", 2, "EXPOSE requires at least one argument"),
    ("FROM a\nVOLUME", 2, "VOLUME requires at least one argument"),
    ("FROM a\nVOLUME [\" \"]", 2, "VOLUME specified can not be an empty string"),
    ("FROM a\nUSER", 2, "USER requires exactly one argument"),
    ("FROM a\nWORKDIR", 2, "WORKDIR requires exactly one argument"),
    ("FROM a\nSTOPSIGNAL", 2, "STOPSIGNAL requires exactly one argument"),
    ("FROM a\nMAINTAINER", 2, "MAINTAINER requires exactly one argument"),
    ("FROM a\nHEALTHCHECK", 2, "HEALTHCHECK requires at least one argument"),
    ("FROM a\nHEALTHCHECK NONE x", 2, "HEALTHCHECK NONE takes no arguments"),
    ("FROM a\nHEALTHCHECK FOO x", 2, "Unknown type \"FOO\" in HEALTHCHECK (try CMD)"),
    ("FROM a\nHEALTHCHECK CMD", 2, "Missing command after HEALTHCHECK CMD"),
    ("FROM a\nHEALTHCHECK --interval=x CMD a", 2, "--interval: invalid duration \"x\""),
    ("FROM a\nHEALTHCHECK --timeout=1us CMD a", 2, "cannot be less than 1ms"),
    ("FROM a\nHEALTHCHECK --timeout=9999999999h CMD a", 2, "invalid duration"),
    ("FROM a\nHEALTHCHECK --retries=-1 CMD a", 2, "--retries cannot be negative (-1)"),
    ("FROM a\nHEALTHCHECK --retries=9999999999 CMD a", 2, "--retries: invalid number"),
    ("FROM a\nONBUILD", 2, "ONBUILD requires at least one argument"),
    ("FROM a\nONBUILD ONBUILD RUN x", 2, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"),
    ("FROM a\nONBUILD from x", 2, "FROM isn't allowed as an ONBUILD trigger"),
    ("FROM a\nONBUILD MAINTAINER x", 2, "MAINTAINER isn't allowed as an ONBUILD trigger"),
    ("FROM a\nONBUILD ENV x", 2, "must have two arguments"),
    ("FROM a\nONBUILD RUN [1]", 2, "arrays must be comprised of strings only"),
    ("FROM a\nONBUILD RUN <<E\nx", 2, "unterminated heredoc"),
    ("FROM a\nRUN a\0b", 2, "there is a NUL byte in it"),
    ("FROM a\nRUN \(String(repeating: "x", count: 65_536))", 2, "the line is longer than 65535 bytes"),
  ]

  @Test("is refused, with the line and why", arguments: wrong)
  func refused(text: String, line: Int, problem: String) throws {
    let failure = try #require(throws: Failure.self) { try parsed(text) }
    #expect(failure.kind == .failed)
    #expect(failure.subject == "Dockerfile:\(line)")
    #expect(failure.problem.contains(problem), "\(failure.problem)")
    #expect(failure.problem == failure.problem.oneLine)
    #expect(failure.problem.count < 400)
  }

  @Test(
    "a file without stages is refused as a whole",
    arguments: [
      ("", "the Dockerfile cannot be empty"), ("\n \n", "file with no instructions"),
      ("# a\n", "file with no instructions"), ("ARG a=b\n", "dockerfile contains no stages to build"),
    ])
  func noStages(text: String, problem: String) throws {
    let failure = try #require(throws: Failure.self) { try parsed(text) }
    #expect(failure.subject == "Dockerfile")
    #expect(failure.problem == problem)
  }

  @Test("bytes that are not UTF-8 are refused in instructions, not in comments")
  func encoding() throws {
    let comment = Array("# ".utf8) + [0xE9] + Array("\nFROM a\n".utf8)
    #expect(try ParsedDockerfile(parsing: comment, name: "D").stages.count == 1)
    let failure = try #require(throws: Failure.self) {
      try ParsedDockerfile(parsing: Array("FROM ".utf8) + [0xE9], name: "D")
    }
    #expect(failure.subject == "D:1" && failure.problem.hasPrefix("it is not UTF-8"))
  }

  @Test("an error shows control characters so that they do nothing to a terminal")
  func controls() throws {
    let failure = try #require(throws: Failure.self) { try parsed("FROM a\nFO\u{1B}[31m x") }
    #expect(failure.problem.contains("\\u{1b}[31m"))
  }
}
