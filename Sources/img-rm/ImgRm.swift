import ArgumentParser
import CommandLine
import Image
import ImageCommand
import System

/// img-rm(1).
@main
struct ImgRm: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-rm", abstract: "Remove names of images, and the blobs that no image needs any more.",
    synopsis: "[OPTION]... IMAGE...\nimg-rm [OPTION]... --gc [LAYOUT...]")

  @Flag(name: [.customShort("n"), .long], help: "Print what would be removed, and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Remove an image with all its names.")
  var force = false

  @Flag(help: "Remove no name; wait for commands that write to the layout.")
  var gc = false

  @OptionGroup var voice: VoiceOptions

  @Argument(help: "Images: LAYOUT[:NAME], LAYOUT:ID, LAYOUT@DIGEST, :NAME; with --gc layouts.")
  var images: [ImageArgument] = []

  var common: CommonOptions { voice.common }

  func run(in session: Session) throws(Failure) {
    if gc, force { throw Failure(.usage, "--gc", "removes no name: --force has no meaning") }
    if images.isEmpty, !gc { throw Failure(.usage, "", "no IMAGE given") }
    var removals: [Removal] = []
    for operand in try operands() {
      session.diagnostics.attempt { () throws(Failure) in
        var place = removals.firstIndex { $0.place == operand.place }
        if place == nil {
          removals.append(try Removal(at: operand.place, session, dryRun: dryRun))
          place = removals.count - 1
        }
        if !gc { try removals[place!].remove(operand.selector, force: force) }
      }
    }
    for removal in removals {
      session.diagnostics.attempt { () throws(Failure) in try removal.collect(thoroughly: gc) }
    }
  }

  private func operands() throws(Failure) -> [ImageOperand] {
    if images.isEmpty { return [ImageOperand(.defaultLayout)] }
    var operands: [ImageOperand] = []
    for image in images {
      let operand = try image.operand()
      guard !gc || operand.selector == .only else {
        throw Failure(.usage, image.text, "names an image; --gc takes layouts")
      }
      operands.append(operand)
    }
    return operands
  }
}
