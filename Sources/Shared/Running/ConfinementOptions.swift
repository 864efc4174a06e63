import ArgumentParser

/// Options of what a container may do and use up.
public struct ConfinementOptions: ParsableArguments, Sendable {
  @Option(name: .short("m", "memory"), help: ArgumentHelp("Limit memory.", valueName: "bytes"))
  var memory: String?

  @Option(parsing: .unconditional, help: .more("Limit memory and swap together.", "bytes"))
  var memorySwap: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Limit processors.", valueName: "number"))
  var cpus: String?

  @Option(parsing: .unconditional, help: .more("Use these processors (0-3,5).", "list"))
  var cpusetCpus: String?

  @Option(parsing: .unconditional, help: .more("Limit processes (2048).", "number"))
  var pidsLimit: Int?

  @Option(parsing: .unconditional, help: .more("Weight of block input and output, 10 to 1000.", "number"))
  var blkioWeight: Int?

  @Option(parsing: .unconditionalSingleValue, help: .more("Add a capability, or ALL.", "cap"))
  var capAdd: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("Take a capability away, or ALL.", "cap"))
  var capDrop: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: .more("seccomp=FILE|unconfined, no-new-privileges=false.", "option"))
  var securityOpt: [String] = []

  @Flag(help: .more("Give it all the power that you have."))
  var privileged = false

  @Option(help: .more("A user namespace: host or OUTSIDE:COUNT.", "mode"))
  var userns: String?

  /// For ArgumentParser.
  public init() {}
}
