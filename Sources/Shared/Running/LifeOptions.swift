import ArgumentParser

/// Options of the container as a whole.
public struct LifeOptions: ParsableArguments, Sendable {
  @Option(help: ArgumentHelp("Its name; no two at once have one.", valueName: "name"))
  var name: String?

  @Flag(name: .customLong("rm"), help: .more("Nothing: containers always go when they end."))
  var isRemoved = false

  @Option(help: .more("Write its ID to a new file.", "file"))
  var cidfile: String?

  @Option(help: .more("Write the number of its first process.", "file"))
  var pidfile: String?

  @Option(help: .more("Run nothing: print this.", "form"))
  var print: PrintedForm?

  @Option(help: .more("Run nothing: write a bundle for runc or crun.", "dir"))
  var bundle: String?

  /// For ArgumentParser.
  public init() {}
}

/// What `--print` prints.
enum PrintedForm: String, ExpressibleByArgument, Sendable, CaseIterable {
  case spec
  case kube
  case systemd
}
