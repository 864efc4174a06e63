import Testing

/// What every command does as a process, whatever else it does.
struct ProcessTests {
  static let commands = House.commands.map(\.name)

  @Test(
    "a closed pipe ends a command by SIGPIPE without a word, even where it was ignored", arguments: commands)
  func closedPipe(command: String) throws {
    // Help is written into a pipe that nobody reads: true has gone when it comes.
    let script =
      "( trap '' PIPE; sleep 0.2; \(command) --help; echo $? > status ) | true; sleep 0.5; cat status"
    let outcome = try Scratch().run(script)
    #expect(outcome.output == "141")
    #expect(outcome.errors.isEmpty, "\(outcome)")
  }

  @Test("standard output that takes nothing is a failure", arguments: commands, [">/dev/full", ">&-"])
  func full(command: String, redirection: String) throws {
    let outcome = try Scratch().run("\(command) --help \(redirection)")
    #expect(outcome.status == (command == "ctr-run" ? 125 : 1))
    #expect(outcome.errors.hasPrefix("\(command): standard output: "), "\(outcome)")
  }

  @Test("closed descriptors are not taken by files that a command opens")
  func closedDescriptors() throws {
    let scratch = try Scratch()
    let outcome = try scratch.run("img-save --nonsense <&- 2>&-; echo $?; img-save -o file - <&-; echo $?")
    #expect(outcome.lines == ["2", "1"], "\(outcome)")
    #expect(try scratch.ok("ls") == "home\ntmp")
  }

  @Test("a wrong command line is status 2 and two lines on standard error", arguments: commands)
  func usage(command: String) throws {
    let outcome = try Scratch().run("\(command) --nonsense")
    #expect(outcome.status == (command == "ctr-run" ? 125 : 2))
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "\(command): unknown option '--nonsense'\nTry '\(command) --help' for more information.\n")
  }

  @Test("an argument that is not UTF-8 is refused, not replaced", arguments: commands)
  func encoding(command: String) throws {
    let outcome = try Scratch().run(#"\#(command) -o "$(printf 'caf\351')" x; ls"#)
    #expect(outcome.errors.contains(": not UTF-8\n"), "\(outcome)")
    #expect(outcome.output == "home\ntmp")
  }

  @Test("no image is written to a terminal, none is read from one", .needs("script"))
  func terminal() throws {
    let scratch = try Scratch()
    let write = try scratch.run("script -qec 'img-save store' /dev/null < /dev/null")
    #expect(write.status == 2)
    #expect(write.output.contains("will not write an image to a terminal: redirect it, or use -o FILE"))
    let read = try scratch.run("script -qec 'img-save > file' /dev/null < /dev/null")
    #expect(read.status == 2)
    #expect(read.output.contains("will not read an image from a terminal"))
  }

  @Test("nothing at all on standard input is said to be that")
  func nothing() throws {
    let outcome = try Scratch().run("img-save < /dev/null")
    #expect(outcome.status == 6)
    #expect(outcome.errors == "img-save: standard input: nothing arrived (did the command before fail?)\n")
  }
}
