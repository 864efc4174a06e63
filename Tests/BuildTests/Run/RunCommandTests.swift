import Dockerfile
import Testing

@testable import Build

/// What of a RUN is executed.
@Suite struct RunCommandTests {
  private func heredoc(_ name: String, _ content: String) -> Heredoc { Heredoc(name: name, content: content) }

  private func command(_ form: CommandForm, _ heredocs: [Heredoc] = []) throws -> RunCommand {
    var instruction = RunInstruction(form)
    instruction.heredocs = heredocs
    return try RunCommand(instruction, shell: ["/bin/bash", "-ec"])
  }

  @Test("a text goes to the shell, words are executed as they are")
  func forms() throws {
    #expect(try command(.shell("a  $b && c")).arguments == ["/bin/bash", "-ec", "a  $b && c"])
    #expect(try command(.exec(["/x", "$y"])).arguments == ["/x", "$y"])
    #expect(throws: (any Error).self) { try command(.exec(["/x"]), [heredoc("EOF", "a\n")]) }
  }

  @Test(
    "a here-document alone is the script",
    arguments: [
      ("<<EOF", "EOF"), ("<<-EOF", "EOF"), ("<<\"EOF\"", "EOF"), ("<<'E F'", "E F"), ("3<<EOF", "EOF"),
    ])
  func scripts(text: String, name: String) throws {
    let made = try command(.shell(text), [heredoc(name, "echo a\necho b\n")])
    #expect(made.arguments == ["/bin/bash", "-ec", "echo a\necho b\n"])
    #expect(made.script == nil)
  }

  @Test("a here-document that begins with #! is executed as a file")
  func shebang() throws {
    let made = try command(.shell("<<EOF"), [heredoc("EOF", "#!/usr/bin/env python3\nprint(1)\n")])
    #expect(made.arguments == ["/dev/pipes/EOF"])
    #expect(made.script?.path == "/dev/pipes/EOF" && made.script?.mode == 0o755)
    #expect(made.script?.content == Array("#!/usr/bin/env python3\nprint(1)\n".utf8))
  }

  @Test("its name never leads out of its directory", arguments: ["../../etc/passwd", "..", ".", "a/b"])
  func names(name: String) throws {
    let made = try command(.shell("<<\(name)"), [heredoc(name, "#!/bin/sh\n")])
    #expect(made.arguments == ["/dev/pipes/script"])
  }

  @Test("with a command, the shell gets the here-documents behind it")
  func shellReads() throws {
    let made = try command(
      .shell("cat <<A > /a && cat <<B > /b"), [heredoc("A", "1\n$x\n"), heredoc("B", "2\n")])
    #expect(made.arguments[2] == "cat <<A > /a && cat <<B > /b\n1\n$x\nA\n2\nB")
    #expect(try command(.shell("<<A cat"), [heredoc("A", "#!x\n")]).arguments[2] == "<<A cat\n#!x\nA")
  }
}
