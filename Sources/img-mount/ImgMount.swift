import ArgumentParser
import CommandLine
import Image
import ImageCommand
import Mounting
import System

/// img-mount(1).
@main
struct ImgMount: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-mount", abstract: "Mount images: each layer is unpacked once, and shared.",
    synopsis: "[OPTION]... [IMAGE DIR [-- COMMAND [ARG]...]]")

  @Flag(name: .customLong("rw"), help: "Let changes be made, and forget them with the mount.")
  var isWritable = false

  @Option(help: ArgumentHelp("Let changes be made, and keep them here.", valueName: "dir"))
  var upper: String?

  @Flag(help: "Copy the files to DIR instead of mounting.")
  var unpack = false

  @Flag(name: [.customShort("n"), .long], help: "Only print: options for mount(8), unused layers.")
  var dryRun = false

  @Option(
    name: [.customShort("u"), .long], parsing: .upToNextOption,
    help: ArgumentHelp("Unmount, and remove what was temporary.", valueName: "dir"))
  var unmount: [String] = []

  @Option(help: ArgumentHelp("Use overlay, fuse or copy.", valueName: "name"))
  var driver: String?

  @Flag(help: "List the drivers, and whether they work here.")
  var drivers = false

  @Flag(help: "Remove unpacked layers that nobody used for long.")
  var gc = false

  @Option(help: ArgumentHelp("How long that is: 12h, 0; by default 30d.", valueName: "age"))
  var olderThan: String?

  @Option(help: ArgumentHelp("Unpack at most so much: 20G; by default what is free.", valueName: "size"))
  var maxSize: String?

  @Flag(help: "Don't wait until the disk has everything.")
  var noSync = false

  @Flag(help: "List as JSON.")
  var json = false

  @OptionGroup var platform: PlatformOption

  @OptionGroup var common: CommonOptions

  @Argument(help: "PATH[:NAME], :NAME, -; none: list what is mounted.")
  var image: ImageArgument?

  @Argument(help: ArgumentHelp("Where to show it.", valueName: "dir"))
  var directory: String?

  @Argument(
    parsing: .postTerminator, help: ArgumentHelp("Runs where only it sees the mount.", valueName: "command"))
  var command: [String] = []

  func run(in session: Session) throws(Failure) {
    let mode = try mode()
    switch mode {
    case .list: try MountListing(session, json: json).mounts()
    case .drivers: try MountListing(session, json: json).drivers()
    case .collect(let age): try LayerCollection(session, dryRun: dryRun).run(unusedFor: age)
    case .unmount:
      for directory in unmount {
        session.diagnostics.attempt { () throws(Failure) in try ImageMount.unmount(directory, session) }
      }
    case .image:
      let mount = try ImageMount(session, options())
      guard let operand = try image?.operand() else { throw Failure(.usage, "", "an IMAGE is missing") }
      if dryRun { return try mount.printOptions(of: operand, json: json) }
      guard let directory else { throw Failure(.usage, "", "a DIR is missing") }
      if unpack { return try mount.unpack(operand, to: directory) }
      if command.isEmpty { return try mount.mount(operand, at: directory) }
      try mount.run(command, operand, at: directory)
    }
  }

  private enum Mode {
    case list
    case drivers
    case collect(UInt64)
    case unmount
    case image
  }

  private func mode() throws(Failure) -> Mode {
    let given = [
      ("--drivers", drivers), ("--gc", gc), ("--unmount", !unmount.isEmpty), ("--unpack", unpack),
      ("--rw", isWritable), ("--upper", upper != nil),
    ].filter(\.1).map(\.0)
    if given.count > 1 { throw Failure(.usage, given[1], "can't be used with \(given[0])") }
    let isOther = drivers || gc || !unmount.isEmpty
    if isOther, driver != nil { throw Failure(.usage, "--driver", "can't be used with \(given[0])") }
    if olderThan != nil, !gc { throw Failure(.usage, "--older-than", "goes with --gc") }
    if json, !(drivers || (!isOther && (image == nil || dryRun))) {
      throw Failure(.usage, "--json", "goes with the lists, and with -n")
    }
    if !isOther, image != nil || !given.isEmpty || driver != nil || dryRun { return .image }
    if let text = image?.text ?? command.first { throw Failure(.usage, text, "not expected here") }
    if !unmount.isEmpty {
      guard !dryRun else { throw Failure(.usage, "--dry-run", "can't be used with --unmount") }
      return .unmount
    }
    if drivers { return .drivers }
    return gc ? .collect(try Quantity.seconds(olderThan ?? "30d", option: "--older-than")) : .list
  }

  private func options() throws(Failure) -> ImageMount.Options {
    if dryRun, let directory { throw Failure(.usage, directory, "--dry-run takes no DIR") }
    if !command.isEmpty, unpack || dryRun {
      throw Failure(.usage, "--", unpack ? "--unpack runs no COMMAND" : "--dry-run runs no COMMAND")
    }
    return ImageMount.Options(
      driver: unpack ? "copy" : driver,
      changes: isWritable ? .forgotten : upper.map { .kept($0) } ?? .refused,
      platform: try platform.platform(),
      limit: try maxSize.map { (text) throws(Failure) in try Quantity.bytes(text, option: "--max-size") },
      durably: !noSync)
  }
}
