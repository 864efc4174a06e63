import ArgumentParser
import CommandLine
import Glibc
import Image
import Running
import System

/// ctr-run(1).
@main
struct CtrRun: Command {
  static let name = "ctr-run"

  static let configuration: CommandConfiguration = {
    var configuration = CommandConfiguration(
      ociutils: name, abstract: "Run a command in an image, leaving nothing behind.",
      synopsis: "[OPTION]... IMAGE [COMMAND [ARG]...]   (all: --help-hidden)")
    // -h is docker's --hostname.
    configuration.helpNames = .long
    return configuration
  }()

  @OptionGroup var process: ProcessOptions
  @OptionGroup var files: FileOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var confinement: ConfinementOptions
  @OptionGroup var life: LifeOptions
  @OptionGroup var platform: PlatformOption

  @Flag(name: .shortAndLong, help: ArgumentHelp("Print errors and warnings only.", visibility: .hidden))
  var quiet = false

  @Flag(help: ArgumentHelp("Print what is done, and the causes of errors.", visibility: .hidden))
  var verbose = false

  @Argument(
    parsing: .captureForPassthrough, help: ArgumentHelp("The image, and what to run.", valueName: "image"))
  var operands: [String] = []

  var common: CommonOptions { CommonOptions(quiet: quiet, verbose: verbose) }

  /// Nearly every command line there is: ArgumentParser would take as long for it as all the rest.
  static func plain(_ arguments: [String]) -> CtrRun? {
    var (process, files, network) = (ProcessOptions(), FileOptions(), NetworkOptions())
    var (confinement, life, platform) = (ConfinementOptions(), LifeOptions(), PlatformOption())
    process.clear()
    files.clear()
    network.clear()
    confinement.clear()
    life.clear()
    platform.clear()
    var (quiet, verbose, plain) = (false, false, PlainArguments(arguments))
    let operands = plain.operands { option, rest in
      switch option {
      case "-q", "--quiet": rest.set(&quiet)
      case "--verbose": rest.set(&verbose)
      default:
        process.take(option, &rest) || files.take(option, &rest) || network.take(option, &rest)
          || confinement.take(option, &rest) || life.take(option, &rest) || platform.take(option, &rest)
      }
    }
    guard let operands, !operands.isEmpty else { return nil }
    var command = CtrRun()
    (command.process, command.files, command.network) = (process, files, network)
    (command.confinement, command.life, command.platform) = (confinement, life, platform)
    (command.quiet, command.verbose, command.operands) = (quiet, verbose, operands)
    return command
  }

  /// What stands before the image and is no option: the parser takes all from there on for operands.
  func validate() throws {
    guard let first = operands.first, first.hasPrefix("-"), first != "-", first != "--" else { return }
    switch first {
    case "--help": throw CleanExit.helpRequest(Self.self)
    case "--help-hidden": throw CleanExit.message(Self.helpMessage(includeHidden: true, columns: 80))
    case "--version": throw CleanExit.message(Self.configuration.version)
    case "--experimental-dump-help": throw CleanExit.message(Self._dumpHelp())
    case "--generate-completion-script":
      guard let shell = operands.dropFirst().first.flatMap(CompletionShell.init) else { fallthrough }
      throw CleanExit.message(Self.completionScript(for: shell))
    default: throw ValidationError("Unknown option '\(first)'")
    }
  }

  /// docker run's statuses: what is not the command's own is 125.
  static func processStatus(of status: ExitStatus) -> Int32 { status == .success ? 0 : 125 }

  func run(in session: Session) throws(Failure) {
    let options = RunOptions(process, files, network, confinement, life, operands: operands)
    let status = try Run(options, platform: platform.platform(), session).run()
    Glibc.exit(status)
  }
}
