import ArgumentParser
import CommandLine
import Image
import ImageCommand
import Inspection
import System
import Transfer

/// img-inspect(1).
@main
struct ImgInspect: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-inspect", abstract: "Show what an image is made of, or check it.",
    synopsis: "[OPTION]... [IMAGE]")

  @Flag(help: "Print one JSON document.")
  var json = false

  @Option(help: ArgumentHelp("Print fields, as docker image inspect does.", valueName: "template"))
  var format: String?

  @Flag(help: "Print the manifest or index, byte for byte.")
  var raw = false

  @Flag(help: "Print the configuration, byte for byte.")
  var config = false

  @Flag(help: "List the layers.")
  var layers = false

  @Flag(help: "List the files, and the layer of each.")
  var files = false

  @Flag(help: "Verify everything; without a name, all images.")
  var check = false

  @OptionGroup var platform: PlatformOption

  @OptionGroup var common: CommonOptions

  @Argument(help: "PATH[:NAME], :NAME, - (standard input, the default).")
  var image: ImageArgument?

  func run(in session: Session) throws(Failure) {
    try refuseContradictions()
    let operand = if let image { try image.operand() } else { ImageOperand(.standardInput) }
    let template = try format.map { (text) throws(Failure) in try FieldTemplate(parsing: text) }
    let carrier = try Carriers(session).open(operand.place)
    if check {
      let check = Check(carrier, session, json: json)
      return try check.run(operand.selector == .only ? nil : carrier.select(operand.selector))
    }
    let inspected = Inspected(
      carrier, try carrier.select(operand.selector), platform: try platform.platform(),
      // Nobody else reads what is on a pipe: it is verified here or never.
      whole: operand.place == .standardInput)
    do throws(Failure) {
      if files { return try list(inspected, session) }
      try session.streams.write(text(of: inspected, template))
    } catch { throw error.about(carrier.name) }
  }

  private func refuseContradictions() throws(Failure) {
    let given = [
      ("--format", format != nil), ("--raw", raw), ("--config", config), ("--layers", layers),
      ("--files", files), ("--check", check),
    ].filter(\.1).map(\.0)
    if given.count > 1 { throw Failure(.usage, given[1], "can't be used with \(given[0])") }
    if json, let other = given.first, ["--format", "--raw", "--config"].contains(other) {
      throw Failure(.usage, "--json", "can't be used with \(other)")
    }
  }

  private func text(of inspected: Inspected, _ template: FieldTemplate?) throws(Failure) -> [UInt8] {
    if raw { return try inspected.document(ofPlatform: platform.platform() != nil) }
    let image = try inspected.image()
    if config { return image.configBytes }
    if layers {
      return json ? image.layersJSON.shown : Summary(image, now: .now).layers
    }
    if let template { return Array((try template.rendered(image.docker) + "\n").utf8) }
    return json ? image.json.shown : Summary(image, now: .now).text
  }

  private func list(_ inspected: Inspected, _ session: Session) throws(Failure) {
    let (image, tree) = try inspected.files()
    var listing = FileListing(image, json: json)
    try tree.forEach { (file) throws(Failure) in
      listing.add(file)
      if listing.isLarge { try session.streams.write(listing.take()) }
    }
    listing.end()
    try session.streams.write(listing.take())
  }
}
