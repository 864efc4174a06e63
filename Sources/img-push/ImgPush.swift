import ArgumentParser
import CommandLine
import Image
import RegistryCommand
import System
import Transfer

/// img-push(1).
@main
struct ImgPush: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-push", abstract: "Push an image to a registry.", synopsis: "[OPTION]... [IMAGE] REF")

  /// The media types of what is pushed.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case asIs = "as-is"
    case docker
    case oci
  }

  @Option(help: ArgumentHelp("Push it under this name, too (repeatable).", valueName: "ref"))
  var also: [String] = []

  @Option(help: ArgumentHelp("Convert media types.", valueName: "types"))
  var format = Format.asIs

  @Option(help: ArgumentHelp("How plain layers are sent: gzip, zstd or none.", valueName: "kind[:level]"))
  var compress = "gzip"

  @OptionGroup var platform: PlatformOption

  @Option(help: ArgumentHelp("Allow http and any certificate (repeatable).", valueName: "host"))
  var insecure: [String] = []

  @OptionGroup var common: CommonOptions

  @Argument(help: "The image (default: -), then where to.")
  var operands: [ImageArgument] = []

  func run(in session: Session) throws(Failure) {
    guard (1...2).contains(operands.count), let name = operands.last?.text else {
      throw Failure(.usage, "", operands.isEmpty ? "no reference given" : "more than an IMAGE and a REF")
    }
    let image = operands.count == 1 ? ImageOperand(.standardInput) : try operands[0].operand()
    var references: [Reference] = []
    for text in [name] + also {
      let reference = try Reference(parsing: text)
      if !references.contains(reference) { references.append(reference) }
    }
    var conversion = ConvertedSource.Conversion(packing: try LayerPacking(parsing: compress))
    conversion.packsPlainOnly = true
    conversion.family =
      switch format {
      case .asIs: .own
      case .docker: .docker
      case .oci: .oci
      }
    let push = Push(
      try session.registryClient(insecure: insecure, verbose: common.verbose), session,
      platform: try platform.platform(), conversion)
    try push.push(image, to: references)
  }
}
