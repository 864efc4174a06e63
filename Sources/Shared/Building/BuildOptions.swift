import ArgumentParser

/// Options of what is built, and from what.
public struct SourceOptions: ParsableArguments, Sendable {
  @Option(name: .shortAndLong, help: ArgumentHelp("The Dockerfile; - for standard input.", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Build up to this stage (repeatable, each with a -t).", valueName: "stage"))
  var target: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set an ARG; without a value, from the environment.", valueName: "name[=value]"))
  var buildArg: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Let FROM and --from find NAME there.", valueName: "name=dir|image"))
  var buildContext: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A secret for RUN --mount=type=secret.", valueName: "id=…[,src=…|,env=…]"))
  var secret: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("An agent for RUN --mount=type=ssh.", valueName: "default|id[=socket]"))
  var ssh: [String] = []

  @Option(help: ArgumentHelp("The network of RUN: default, none or host.", valueName: "mode"))
  var network: String?

  @Option(help: ArgumentHelp("Allow security.insecure to RUN --security.", valueName: "right"))
  var allow: [String] = []

  @Option(
    parsing: .unconditionalSingleValue, help: ArgumentHelp("Set a label.", valueName: "name=value"))
  var label: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set an annotation of the manifest.", valueName: "name=value"))
  var annotation: [String] = []

  /// For ArgumentParser.
  public init() {}
}

/// Options of what is kept of earlier builds.
public struct CacheOptions: ParsableArguments, Sendable {
  @Flag(help: "Make every step anew.")
  var noCache = false

  @Option(help: ArgumentHelp("Where earlier steps are.", valueName: "dir"))
  var cacheDir: String?

  @Option(help: ArgumentHelp("Take steps from there, too (repeatable).", valueName: "layout|ref"))
  var cacheFrom: [String] = []

  @Option(help: ArgumentHelp("Leave steps there (repeatable).", valueName: "layout|ref"))
  var cacheTo: [String] = []

  @Flag(help: "Ask the registry for base images first.")
  var pull = false

  @Option(help: ArgumentHelp("Allow http and any certificate (repeatable).", valueName: "host"))
  var insecure: [String] = []

  /// For ArgumentParser.
  public init() {}
}

/// Options of what comes out.
public struct ResultOptions: ParsableArguments, Sendable {
  @Option(name: [.short, .long], help: ArgumentHelp("Name the image (repeatable).", valueName: "name"))
  var tag: [String] = []

  @Option(
    name: .output, help: ArgumentHelp("Add the image to this layout.", valueName: "layout[:name]"))
  var output: String?

  @Option(help: ArgumentHelp("How layers are stored: none, gzip, zstd.", valueName: "kind[:level]"))
  var compress = "gzip"

  @Flag(help: "Make one layer of all new ones.")
  var squash = false

  @Option(help: ArgumentHelp("Write the image ID.", valueName: "file"))
  var iidfile: String?

  @Option(help: ArgumentHelp("Write a make rule with the files that were read.", valueName: "file"))
  var depfile: String?

  @Option(help: ArgumentHelp("The target of that rule.", valueName: "name"))
  var deptarget: String?

  @Flag(help: "Leave files alone that would not change.")
  var ifChanged = false

  @Flag(help: "Don't wait until the disk has everything.")
  var noSync = false

  /// For ArgumentParser.
  public init() {}
}
