import ArgumentParser
import CommandLine
import Glibc
import Image
import Layout
import Registry
import RegistryCommand
import System

/// img-pull(1).
@main
struct ImgPull: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-pull", abstract: "Pull images from registries to a stream or a layout.",
    synopsis: "[OPTION]... [REF]...")

  @Option(
    name: .output, help: ArgumentHelp("Add the images to this layout.", valueName: "layout[:name]"))
  var output: String?

  @OptionGroup var platform: PlatformOption

  @Flag(help: "Take an index with all its platforms.")
  var allPlatforms = false

  @Option(help: ArgumentHelp("Allow http and any certificate (repeatable).", valueName: "host"))
  var insecure: [String] = []

  @Flag(help: "Take layers that are not to be distributed, too.")
  var foreign = false

  @Flag(help: "Don't wait until the disk has everything.")
  var noSync = false

  /// For img-build, which has no libcurl of its own.
  @Option(help: .private)
  var toFile: String?

  @OptionGroup var common: CommonOptions

  @Argument(help: "References, [HOST/]NAME[:TAG][@DIGEST]; none: one a line from standard input.")
  var references: [String] = []

  func run(in session: Session) throws(Failure) {
    let platform = try platform.platform()
    if platform != nil, allPlatforms {
      throw Failure(.usage, "--platform", "can't be used with --all-platforms")
    }
    if let toFile { return try download(to: toFile, session) }
    let pull = Pull(
      try session.registryClient(insecure: insecure, verbose: common.verbose), session,
      platform: allPlatforms ? nil : platform ?? .host, foreign: foreign,
      durably: !noSync)
    if let output {
      try add(to: OutputTarget(parsing: output), pull, session)
    } else {
      let stream = try session.streams.outputStream(insteadUse: "-o LAYOUT")
      var all: [String] = []
      try forEachReference(session) { all.append($0) }
      try pull.write(all, to: stream)
    }
  }

  /// Writes the file at an address to `path`, and prints what the server says of it.
  private func download(to path: String, _ session: Session) throws(Failure) {
    guard references.count == 1 else { throw Failure(.usage, "--to-file \(path)", "takes one address") }
    let file: FileDescriptor
    do { file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC) } catch {
      throw error.failure(path)
    }
    let head = try session.registryClient(insecure: insecure, verbose: common.verbose)
      .download(references[0], to: file)
    var answer: JSON.Object = [:]
    answer["name"] = head.name.map(JSON.string)
    answer["modified"] = head.modified.map(JSON.string)
    try session.streams.print(String(decoding: JSON.object(answer).encoded(), as: UTF8.self))
  }

  private func add(to target: OutputTarget, _ pull: Pull, _ session: Session) throws(Failure) {
    if target.name != nil, references.count != 1 {
      throw Failure(.usage, "-o \(output ?? "")", "a name can be given to one image only")
    }
    let path = try target.layout(in: session.environment)
    let layout = try LayoutDirectory.openOrCreate(path)
    try forEachReference(session) { reference in
      session.diagnostics.attempt { () throws(Failure) in
        let entry = try pull.add(reference, to: layout, as: target.name)
        try session.streams.print(
          ImageOperand.line(layout: path, name: entry.shortName, digest: entry.digest))
      }
    }
  }

  private func forEachReference(_ session: Session, _ body: (String) -> Void) throws(Failure) {
    if references.isEmpty { return try session.streams.forEachLine(body) }
    references.forEach(body)
  }
}
