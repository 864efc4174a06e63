import ArgumentParser
import Glibc
import System
import Testing

@testable import CommandLine

/// A command that does what its operands say.
private struct Sample: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-sample", abstract: "Do what the operands say.", synopsis: "[OPTION]... [IMAGE]...")

  @OptionGroup var common: CommonOptions
  @OptionGroup var choice: PlatformOption
  @Option(name: .output, help: "Where to.") var output: String?
  @Argument(help: "What to do.") var operands: [ImageArgument] = []

  func run(in session: Session) throws(Failure) {
    _ = try choice.platform()
    for operand in operands {
      session.diagnostics.attempt { () throws(Failure) in
        switch operand.text {
        case "missing": throw Failure(.notFound, "missing", "no such thing", cause: "the cause")
        case "wrong": throw Failure(.invalid, "wrong\u{1B}[31m", "two\nlines")
        default: try session.streams.print("\(operand.text) \(output ?? "")")
        }
      }
    }
  }
}

@Suite struct CommandTests {
  private func run(
    _ arguments: String..., output: FileDescriptor? = nil
  ) throws -> (status: Int32, output: String, errors: String) {
    let (out, errors) = (try Capture(), try Capture())
    let status = Sample.run(
      arguments: arguments, environment: Environment([:], isRoot: false),
      streams: StandardStreams(output: output ?? out.file), errors: errors.file)
    return (status.rawValue, try out.text, try errors.text)
  }

  @Test(
    "a wrong command line is one line, a hint and status 2",
    arguments: [
      (["--nonsense"], "unknown option '--nonsense'"),
      (["--platfrom", "linux/arm64"], "unknown option '--platfrom'. Did you mean '--platform'?"),
      (["--progress"], "missing value for '--progress <mode>'"),
      (["--output"], "missing value for '--output <output>'"),
      (["-Z"], "unknown option '-Z'"),
      (["--quiet=yes"], "the option '--quiet' does not take any value, but 'yes' was specified"),
      (["\u{1B}[2J\n", "-Z"], "unknown option '-Z'"),
      (["caf\u{FFFD}"], "caf\u{FFFD}: not UTF-8"),
    ])
  func usage(arguments: [String], problem: String) throws {
    let errors = try Capture()
    let status = Sample.run(
      arguments: arguments, environment: Environment([:], isRoot: false), errors: errors.file)
    #expect(status == ExitStatus(.usage))
    let text = try errors.text
    #expect(text == "img-sample: \(problem)\nTry 'img-sample --help' for more information.\n")
  }

  @Test("--help is one screen on standard output and status 0")
  func help() throws {
    let (status, output, errors) = try run("--help")
    #expect(status == 0)
    #expect(errors.isEmpty)
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 24, "\(output)")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(output)")
    for option in ["--platform", "--progress", "-q, --quiet", "-v, --verbose", "--version", "-h, --help"] {
      #expect(output.contains(option))
    }
  }

  @Test("--version names the command, the package and the version")
  func version() throws {
    let (status, output, _) = try run("--version")
    #expect(status == 0)
    #expect(output == "img-sample (ociutils) \(ociutilsVersion)\n")
  }

  @Test("help that can't be written is a failure")
  func fullDevice() throws {
    let full = try FileDescriptor.open("/dev/full", O_WRONLY)
    let (status, _, errors) = try run("--help", output: full)
    #expect(status == 1)
    #expect(errors == "img-sample: standard output: No space left on device\n")
  }

  @Test("a closed pipe ends a command without a word, as SIGPIPE does")
  func closedPipe() throws {
    // The test's own process ignores SIGPIPE for this moment: what arrives is EPIPE.
    let before = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, before) }
    let (status, _, errors) = try run("text", output: FileDescriptor.pipe().write)
    #expect(status == ExitStatus.brokenPipe.rawValue)
    #expect(errors.isEmpty)
  }

  @Test("each failure is one line, the next operand has its turn, the first failure decides")
  func failures() throws {
    let (status, output, errors) = try run("missing", "fine", "wrong")
    #expect(status == 3)
    #expect(output == "fine \n")
    #expect(
      errors == """
        img-sample: missing: no such thing
        img-sample: wrong\\u{1b}[31m: two\\u{a}lines

        """)
  }

  @Test("-v adds the cause, on a line of its own")
  func cause() throws {
    let (_, _, errors) = try run("-v", "missing")
    #expect(errors == "img-sample: missing: no such thing\nimg-sample: cause: the cause\n")
  }

  @Test(
    "an IMAGE may begin with a dash, a letter may touch its value, and -- ends options",
    arguments: [
      (["-"], "- \n"), (["-:busybox"], "-:busybox \n"), (["-@sha256:12"], "-@sha256:12 \n"),
      (["-:out", "-oqv"], "-:out qv\n"), (["--", "-:x", "-q"], "-:x \n-q \n"), (["-o", "-", "a"], "a -\n"),
    ])
  func dashes(arguments: [String], output: String) throws {
    let (out, errors) = (try Capture(), try Capture())
    let status = Sample.run(
      arguments: arguments, environment: Environment([:], isRoot: false),
      streams: StandardStreams(output: out.file), errors: errors.file)
    #expect(try errors.text == "")
    #expect(status == .success)
    #expect(try out.text == output)
  }

  @Test("a platform out of grammar is a usage error")
  func platform() throws {
    let (status, _, errors) = try run("--platform", "a/b/c/d")
    #expect(status == 2)
    #expect(errors.hasPrefix("img-sample: --platform a/b/c/d: "))
  }

  @Test("-q silences notices and progress, not warnings; -v adds details")
  func voices() throws {
    func said(quiet: Bool, verbose: Bool) throws -> String {
      let errors = try Capture()
      let display = ProgressDisplay(.plain, quiet: quiet, on: errors.file)
      let diagnostics = Diagnostics(command: "c", quiet: quiet, verbose: verbose, display: display)
      diagnostics.warning("w")
      diagnostics.notice("n")
      diagnostics.verbose("v")
      display.note("p")
      return try errors.text
    }
    #expect(try said(quiet: true, verbose: false) == "c: warning: w\n")
    #expect(try said(quiet: false, verbose: false) == "c: warning: w\nc: n\np\n")
    #expect(try said(quiet: false, verbose: true) == "c: warning: w\nc: n\nc: v\np\n")
  }
}
