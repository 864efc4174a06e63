import ArgumentParser

/// Options of what the container sees as files.
public struct FileOptions: ParsableArguments, Sendable {
  @Option(
    name: .short("v", "volume"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Show a directory, SRC:DST[:ro].", valueName: "bind"))
  var volume: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("Mount a bind, tmpfs or image.", "type=…,…"))
  var mount: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("An empty directory in memory.", "dir[:options]"))
  var tmpfs: [String] = []

  @Flag(help: "Let nothing of the image be changed.")
  var readOnly = false

  @Option(help: .more("Run in this directory in place of an image.", "dir"))
  var rootfs: String?

  @Option(help: .more("Keep what was changed in this directory.", "dir"))
  var keep: String?

  @Option(help: .more("The size of /dev/shm (64m).", "bytes"))
  var shmSize: String?

  @Option(parsing: .unconditionalSingleValue, help: .more("Show a device.", "src[:dst][:rwm]"))
  var device: [String] = []

  /// For ArgumentParser.
  public init() {}
}
