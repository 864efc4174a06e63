import Dockerfile
import System
import Testing

@Suite("Instructions, parsed")
struct InstructionTests {
  /// COPY with what `change` does to it.
  static func copy(
    _ sources: [String], _ destination: String, _ change: (inout CopyInstruction) -> Void = { _ in }
  ) -> CopyInstruction {
    var copy = CopyInstruction()
    copy.sources = sources.map { .path($0) }
    copy.destination = destination
    change(&copy)
    return copy
  }

  static func run(_ command: CommandForm, _ change: (inout RunInstruction) -> Void) -> RunInstruction {
    var run = RunInstruction(command)
    change(&run)
    return run
  }

  static func check(_ command: CommandForm, _ change: (inout HealthcheckInstruction) -> Void)
    -> HealthcheckInstruction
  {
    var check = HealthcheckInstruction(command)
    change(&check)
    return check
  }

  static let table: [(String, Instruction.Kind)] = [
    ("RUN a  b", .run(RunInstruction(.shell("a  b")))),
    ("RUN [\"a\", \"b c\"]", .run(RunInstruction(.exec(["a", "b c"])))),
    ("RUN [\"a\", 'b']", .run(RunInstruction(.shell("[\"a\", 'b']")))),
    ("RUN [ -f x ] && y", .run(RunInstruction(.shell("[ -f x ] && y")))),
    (
      "RUN --mount=type=cache,target=/c --mount=target=/b --network=none x",
      .run(
        run(.shell("x")) {
          $0.mounts = ["type=cache,target=/c", "target=/b"]; $0.network = "none"
        })
    ),
    ("RUN --security=insecure -- --x", .run(run(.shell("--x")) { $0.security = "insecure" })),
    ("RUN a \\\n  b \\  \n  # c\n c", .run(RunInstruction(.shell("a   b  c")))),
    ("RUN a \\\\\n", .run(RunInstruction(.shell("a \\\\")))),
    ("RUN echo it's <<EOF", .run(RunInstruction(.shell("echo it's <<EOF")))),
    ("RUN cat <<<x", .run(RunInstruction(.shell("cat <<<x")))),
    ("CMD", .cmd(.shell(""))),
    ("CMD []", .cmd(.exec([]))),
    ("CMD [\"\\u00e9\\n\"]", .cmd(.exec(["é\n"]))),
    ("ENTRYPOINT exec x", .entrypoint(.shell("exec x"))),
    ("SHELL [\"bash\", \"-c\"]", .shell(["bash", "-c"])),
    ("ARG a b=1 c=\"x y\"", .arg([.init("a", nil), .init("b", "1"), .init("c", "\"x y\"")])),
    (
      "ENV a=1 b='x y' c=x\\ y d=",
      .env([
        .init("a", "1"), .init("b", "'x y'"), .init("c", "x\\ y"), .init("d", ""),
      ])
    ),
    ("LABEL \"a b\"=c", .label([.init("\"a b\"", "c")])),
    ("EXPOSE 80 443/tcp 53/udp", .expose(["443/tcp", "53/udp", "80"])),
    ("VOLUME /a /b", .volume(["/a", "/b"])),
    ("VOLUME [\"/a b\"]", .volume(["/a b"])),
    ("USER a:b", .user("a:b")),
    ("WORKDIR /a b", .workdir("/a b")),
    ("STOPSIGNAL SIGTERM", .stopSignal("SIGTERM")),
    ("MAINTAINER A <a@b>", .maintainer("A <a@b>")),
    ("HEALTHCHECK NONE", .healthcheck(HealthcheckInstruction(nil))),
    (
      "HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=0 --start-interval=1.5s --retries=3 CMD x y",
      .healthcheck(
        check(.shell("x y")) {
          $0.interval = 90_000_000_000
          $0.timeout = 500_000_000
          $0.startInterval = 1_500_000_000
          $0.retries = 3
        })
    ),
    ("healthcheck cmd [\"x\"]", .healthcheck(HealthcheckInstruction(.exec(["x"])))),
    ("ONBUILD run  x \\\n y", .onBuild("run  x  y")),
    ("ONBUILD COPY <<E /x\nb\nE", .onBuild("COPY <<E /x\nb\nE")),
    ("COPY a b /c/", .copy(copy(["a", "b"], "/c/"))),
    ("COPY [\"a b\", \"c\"]", .copy(copy(["a b"], "c"))),
    (
      "COPY --from=0 --chown=a:b --chmod=u+x --link --parents --exclude=*.o --exclude=x a /",
      .copy(
        copy(["a"], "/") {
          $0.from = "0"
          $0.chown = "a:b"
          $0.chmod = "u+x"
          $0.isLinked = true
          $0.keepsParents = true
          $0.excludes = ["*.o", "x"]
        })
    ),
    ("COPY --link=FALSE --chown=\"a b\" a /", .copy(copy(["a"], "/") { $0.chown = "a b" })),
    (
      "ADD --checksum=sha256:00 --keep-git-dir --unpack=false http://a/b /",
      .add(
        copy(["http://a/b"], "/") {
          $0.checksum = "sha256:00"
          $0.keepsGitDirectory = true
          $0.unpacks = false
        })
    ),
    ("ADD --unpack a /", .add(copy(["a"], "/") { $0.unpacks = true })),
  ]

  @Test("is what it says", arguments: table)
  func parsed(text: String, expected: Instruction.Kind) throws {
    #expect(try kind(text) == expected)
  }

  @Test("the old form of ENV and LABEL takes the rest of the line")
  func legacy() throws {
    var expected = Assignment("a", "b   c=d")
    expected.isLegacy = true
    #expect(try kind("ENV a  b   c=d") == .env([expected]))
    #expect(try kind("LABEL a  b   c=d") == .label([expected]))
  }

  @Test(
    "parser directives are read in any spelling, until something else comes",
    arguments: [
      ("# escape=`\n", "`"), ("#escape = `  \r\n", "`"), (" # EsCaPe=`\n", "`"),
      ("\u{FEFF}# escape=`\n", "`"),
      ("# x=y\n# escape=`\n", "\\"), ("\n# escape=`\n", "\\"), ("# c\n# escape=`\n", "\\"),
      ("# check=skip=all\n# escape=`\n", "`"), ("#!/bin/x\n# escape=`\n", "\\"),
    ] as [(String, Character)])
  func directives(text: String, escape: Character) throws {
    #expect(try DockerfileTests.parsed(text + "FROM a\n").directives.escape == escape)
  }

  @Test("CRLF files are the same as others")
  func lineEnds() throws {
    let text = "# escape=`\nFROM a\nRUN x `\n  y\nENV a=b\n"
    let other = try DockerfileTests.parsed(text.split(separator: "\n").joined(separator: "\r\n") + "\r\n")
    let file = try DockerfileTests.parsed(text)
    #expect(file == other)
  }

  @Test("a trigger is parsed with its here-document; more than one, FROM and nonsense are errors")
  func triggers() throws {
    guard case .copy(let copy) = try Instruction(trigger: "COPY <<E /x\nb\nE").kind else {
      throw Failure(.failed, "", "no COPY")
    }
    #expect(copy.sources == [.heredoc(Heredoc(name: "E", content: "b\n"))])
    for text in ["", "RUN a\nRUN b", "FROM a", "FOO", "COPY a"] {
      let failure = try #require(throws: Failure.self) { try Instruction(trigger: text) }
      #expect(failure.subject == "ONBUILD")
    }
  }

  @Test("a script is one here-document with #!, and all else goes to the shell")
  func invocations() throws {
    func invocation(_ text: String) throws -> RunInstruction.Invocation? {
      guard case .run(let run) = try kind(text) else { return nil }
      return run.invocation
    }
    #expect(try invocation("RUN <<E\n#!/bin/x\ny\nE") == .script(name: "E", content: "#!/bin/x\ny\n"))
    #expect(try invocation("RUN <<-E\n\ta\n\tE") == .shell("a\n"))
    #expect(try invocation("RUN x <<-E\n\ta\n\tE") == .shell("x <<-E\na\nE"))
    #expect(try invocation("RUN [\"a\"]") == .exec(["a"]))
    #expect(CommandForm.shell("a b").arguments(shell: ["sh", "-c"]) == ["sh", "-c", "a b"])
  }

  @Test("stages are found by name in any case, by number, and only where they come before")
  func stages() throws {
    let file = try DockerfileTests.parsed("FROM a AS one\nFROM b AS Two\nFROM c AS one\nFROM d")
    #expect(file.stageIndex(named: "ONE", before: 3) == 2)
    #expect(file.stageIndex(named: "one", before: 2) == 0)
    #expect(file.stageIndex(named: "0", before: 3) == nil)
    #expect(try file.stageIndex(from: "two", of: 3) == 1)
    #expect(try file.stageIndex(from: "0", of: 3) == 0)
    #expect(try file.stageIndex(from: "busybox", of: 3) == nil)
    for text in ["3", "4", "-1"] { #expect(throws: Failure.self) { try file.stageIndex(from: text, of: 3) } }
    #expect(throws: Failure.self) { try file.stageIndex(from: "one", of: 1) }
    #expect(try file.stageIndex(target: "TWO") == 1)
    #expect(try file.stageIndex(target: "3") == 3)
    let failure = try #require(throws: Failure.self) { try file.stageIndex(target: "twoo") }
    #expect(failure.problem.hasSuffix("(did you mean two?)"))
  }
}
