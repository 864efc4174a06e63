import Dockerfile
import System
import Testing

/// Parses `text` as `Dockerfile`.
func parsed(_ text: String) throws(Failure) -> ParsedDockerfile {
  try ParsedDockerfile(parsing: Array(text.utf8), name: "Dockerfile")
}

/// The instructions of `text`, put behind a FROM.
func instructions(_ text: String) throws -> [Instruction] {
  try #require(try parsed("FROM scratch\n" + text).stages.last).instructions
}

/// The only instruction of `text`.
func kind(_ text: String) throws -> Instruction.Kind {
  let all = try instructions(text)
  try #require(all.count == 1)
  return all[0].kind
}

@Suite("Dockerfiles, parsed")
struct ParsingTests {
  @Test("stages, global arguments, names and platforms are found")
  func stages() throws {
    let file = try parsed(
      """
      # syntax=docker/dockerfile:1
      # escape=`
      ARG V=1 W
      FROM --platform=$BUILDPLATFORM alpine:$V as Build
      RUN a `
        # a comment

        && b
      from build
      copy --from=build /a /b
      """)
    #expect(file.directives.syntax == "docker/dockerfile:1")
    #expect(file.directives.escape == "`")
    #expect(file.arguments.map(\.kind) == [.arg([Assignment("V", "1"), Assignment("W", nil)])])
    #expect(file.stages.map(\.from.image) == ["alpine:$V", "build"])
    #expect(file.stages.map(\.from.name) == ["build", nil])
    #expect(file.stages[0].from.platform == "$BUILDPLATFORM")
    let run = file.stages[0].instructions[0]
    #expect(run.kind == .run(RunInstruction(.shell("a   && b"))))
    #expect(run.origin.text == "RUN a   && b")
    #expect(run.origin.lines == 5...8)
    #expect(run.origin.hasEmptyContinuation)
    #expect(file.stages[1].instructions[0].origin.text == "COPY --from=build /a /b")
    #expect(file.stages[1].instructions[0].origin.keyword == "copy")
  }

  @Test("here-documents belong to their instruction")
  func heredocs() throws {
    let all = try instructions(
      """
      RUN <<EOF
      a
        b
      EOF
      COPY <<-"A-B" <<c /d/
      \t\tx $y
      \tA-B
      z
      c
      RUN python3 <<EOF && 3<<X cat
      1
      EOF
      2
      X
      USER u
      """)
    #expect(all.count == 4)
    guard case .run(let run) = all[0].kind, case .copy(let copy) = all[1].kind,
      case .run(let two) = all[2].kind
    else { throw Failure(.failed, "", "other instructions") }
    #expect(run.heredocs == [Heredoc(name: "EOF", content: "a\n  b\n")])
    #expect(run.invocation == .shell("a\n  b\n"))
    #expect(all[0].origin.lines == 2...5)
    #expect(
      copy.sources == [
        .heredoc(Heredoc(name: "A-B", content: "x $y\n", isExpanded: false)),
        .heredoc(Heredoc(name: "c", content: "z\n")),
      ])
    #expect(two.invocation == .shell("python3 <<EOF && 3<<X cat\n1\nEOF\n2\nX"))
    #expect(two.heredocs[1].descriptor == 3)
  }
}
