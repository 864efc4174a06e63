import ArgumentParser
import CommandLine
import Image
import ImageCommand
import Layout
import System
import Transfer

/// img-load(1).
@main
struct ImgLoad: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-load", abstract: "Load images from an archive into a layout, or as a clean stream.",
    synopsis: "[OPTION]... [-:NAME]...")

  @Option(name: .shortAndLong, help: ArgumentHelp("Read this file, not standard input.", valueName: "file"))
  var input: String?

  @Option(name: .output, help: ArgumentHelp("Add the images to this layout.", valueName: "layout[:name]"))
  var output: String?

  @Option(help: ArgumentHelp("Convert layers to gzip, zstd or none.", valueName: "kind[:level]"))
  var compress: String?

  @Flag(help: "Don't wait until the disk has everything.")
  var noSync = false

  @OptionGroup var common: CommonOptions

  @Argument(help: "Images of the archive: -:NAME, -@DIGEST; all of them by default.")
  var images: [ImageArgument] = []

  func run(in session: Session) throws(Failure) {
    let packing = try compress.map { (text) throws(Failure) in try LayerPacking(parsing: text) }
    var selectors: [ImageSelector] = []
    for image in images {
      let operand = try image.operand()
      guard operand.place == .standardInput else {
        throw Failure(
          .usage, image.text, "an image of the archive is named by -:NAME or -@DIGEST; see -i for a file")
      }
      selectors.append(operand.selector)
    }
    let place: ImageOperand.Place = input.map { $0 == "-" ? .standardInput : .path($0) } ?? .standardInput
    let load = Load(session, place, selectors, packing: packing)
    if let output {
      let target = try OutputTarget(parsing: output)
      let path = try target.layout(in: session.environment)
      for entry in try load.add(to: LayoutDirectory.openOrCreate(path), as: target.name, durably: !noSync) {
        try session.streams.print(
          ImageOperand.line(layout: path, name: entry.shortName, digest: entry.digest))
      }
    } else {
      try load.write(to: session.streams.outputStream(insteadUse: "-o LAYOUT"))
    }
  }
}
