import ArgumentParser
import Image
import System

/// The options of every command that moves images.
public struct CommonOptions: ParsableArguments, Sendable {
  /// `--progress`.
  @Option(help: ArgumentHelp("How to show progress.", valueName: "mode"))
  public var progress: ProgressMode = .auto

  /// `-q`.
  @Flag(name: .shortAndLong, help: "Print errors and warnings only.")
  public var quiet = false

  /// `-v`.
  @Flag(name: .shortAndLong, help: "Print what is done, and the causes of errors.")
  public var verbose = false

  /// For ArgumentParser.
  public init() {}
}

/// `-q` and `-v`, for commands that move no bytes and so have no progress to show.
public struct VoiceOptions: ParsableArguments, Sendable {
  /// `-q`.
  @Flag(name: .shortAndLong, help: "Print errors and warnings only.")
  public var quiet = false

  /// `-v`.
  @Flag(name: .shortAndLong, help: "Print what is done, and the causes of errors.")
  public var verbose = false

  /// For ArgumentParser.
  public init() {}

  /// The same as the options that `Command` asks for.
  public var common: CommonOptions { CommonOptions(quiet: quiet, verbose: verbose) }
}

extension CommonOptions {
  /// The options of a command that has not all of them on its command line.
  public init(quiet: Bool = false, verbose: Bool) {
    // Not by assigning to members of self: within an initializer that would give the wrappers new defaults, no values.
    var options = CommonOptions()
    options.progress = .auto
    options.quiet = quiet
    options.verbose = verbose
    self = options
  }
}

extension NameSpecification {
  /// `-o VALUE`, `-oVALUE`, `--output VALUE`, `--output=VALUE`.
  public static let output: NameSpecification = [
    .customShort("o", allowingJoined: true), .customLong("output"),
  ]
}

/// `--platform`, for commands that take one platform of an index.
public struct PlatformOption: ParsableArguments, Sendable {
  @Option(
    name: .customLong("platform"),
    help: ArgumentHelp("Choose this platform of an index.", valueName: "os/arch[/variant]"))
  var text: String?

  /// For ArgumentParser.
  public init() {}

  /// The option, read without ArgumentParser.
  public mutating func take(_ name: String, _ arguments: inout PlainArguments) -> Bool {
    name == "--platform" && arguments.set(&text)
  }

  /// As it is where it is not given.
  public mutating func clear() { text = nil }

  /// The platform asked for; nil where none was.
  ///
  /// - Throws: `usage` where it is no platform.
  public func platform() throws(Failure) -> Platform? {
    guard let text else { return nil }
    do { return try Platform(parsing: text) } catch {
      var failure = error.about("--platform \(text)")
      failure.kind = .usage
      throw failure
    }
  }
}
