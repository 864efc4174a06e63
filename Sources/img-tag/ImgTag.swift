import ArgumentParser
import CommandLine
import Image
import ImageCommand
import Layout
import System

/// img-tag(1).
@main
struct ImgTag: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-tag", abstract: "Give an image of a layout more names.",
    synopsis: "[OPTION]... IMAGE NAME...")

  @OptionGroup var voice: VoiceOptions

  @Argument(help: "The image: LAYOUT[:NAME], LAYOUT:ID, LAYOUT@DIGEST, :NAME.")
  var image: ImageArgument?

  @Argument(help: "The names it is to have, [HOST/]NAME[:TAG].")
  var names: [String] = []

  var common: CommonOptions { voice.common }

  func run(in session: Session) throws(Failure) {
    guard let image, !names.isEmpty else {
      throw Failure(.usage, "", image == nil ? "no IMAGE given" : "no NAME given")
    }
    var references: [Reference] = []
    for name in names { references.append(try reference(name)) }
    let operand = try image.operand()
    let layout = try operand.place.layout(in: session)
    var tagged: [Descriptor] = []
    var moved: [Index.MovedName] = []
    try layout.update { (index) throws(Failure) in
      let entry = try operand.selector.resolve(in: index, of: layout)
      tagged = references.map(entry.named)
      moved = index.add(tagged)
    }
    for name in moved { session.diagnostics.notice("\(name)") }
    for entry in tagged {
      try session.streams.print(
        ImageOperand.line(layout: layout.path, name: entry.shortName, digest: entry.digest))
    }
  }

  private func reference(_ name: String) throws(Failure) -> Reference {
    let reference = try Reference(parsing: name)
    guard reference.digest == nil else { throw Failure(.usage, name, "a name to give has no digest") }
    return reference
  }
}
