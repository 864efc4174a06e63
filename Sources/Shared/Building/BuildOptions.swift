import ArgumentParser

/// Options of what is built, and from what.
public struct SourceOptions: ParsableArguments, Sendable {
  @Option(name: .shortAndLong, help: ArgumentHelp("The Dockerfile (-: standard input).", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Build up to this stage (repeatable).", valueName: "stage"))
  var target: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("NAME[=VALUE] of an ARG, or as the environment has it.", valueName: "arg"))
  var buildArg: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("NAME=DIR or NAME=IMAGE, for FROM and COPY.", valueName: "source"))
  var buildContext: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("id=ID[,src=FILE|,env=NAME], for a mount of RUN.", valueName: "secret"))
  var secret: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("default or ID[=SOCKET], for a mount of RUN.", valueName: "agent"))
  var ssh: [String] = []

  @Option(help: ArgumentHelp("The network of RUN: default, none or host.", valueName: "mode"))
  var network: String?

  @Option(help: ArgumentHelp("Allow RUN security.insecure.", valueName: "right"))
  var allow: [String] = []

  @Option(
    parsing: .unconditionalSingleValue, help: ArgumentHelp("NAME=VALUE of a label.", valueName: "label"))
  var label: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("NAME=VALUE of an annotation.", valueName: "text"))
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

  @Option(help: ArgumentHelp("Take steps from a LAYOUT or REF, too.", valueName: "place"))
  var cacheFrom: [String] = []

  @Option(help: ArgumentHelp("Leave steps at a LAYOUT or REF.", valueName: "place"))
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
    name: .output, help: ArgumentHelp("Add the image to LAYOUT[:NAME].", valueName: "layout"))
  var output: String?

  @Option(help: ArgumentHelp("none, gzip or zstd, with :LEVEL.", valueName: "kind"))
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
