import ArgumentParser
import CommandLine
import Image
import Listing
import System

/// img-ls(1).
@main
struct ImgLs: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-ls", abstract: "List the images of layouts.", synopsis: "[OPTION]... [LAYOUT]...")

  @Flag(name: .shortAndLong, help: "Print image IDs only.")
  var quiet = false

  @Flag(help: "Print the digests of manifests, too.")
  var digests = false

  @Flag(help: "Print IDs whole.")
  var noTrunc = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @Option(help: ArgumentHelp("Print this for each image: '{{.ID}} {{.Tag}}'.", valueName: "template"))
  var format: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("List what fits: reference=PATTERN ... (repeatable).", valueName: "key=value"))
  var filter: [String] = []

  @Flag(help: "Print layers as a tree, with the images that share them.")
  var tree = false

  @Flag(help: "Print the same as a graph for Graphviz.")
  var dot = false

  @Flag(name: .shortAndLong, help: "Print what is done, and the causes of errors.")
  var verbose = false

  @Argument(help: "Layouts (or archives; - is standard input); none: the default layout.")
  var layouts: [ImageArgument] = []

  var common: CommonOptions { CommonOptions(verbose: verbose) }

  func run(in session: Session) throws(Failure) {
    let form = try form()
    var filters = ImageFilter()
    for text in filter { try filters.add(text) }
    let catalog = try Catalog(session)
    var listings: [PlaceListing] = []
    for operand in try operands() {
      session.diagnostics.attempt { () throws(Failure) in
        var listing = try catalog.listing(of: operand.place, isDefault: layouts.isEmpty)
        try filters.apply(to: &listing)
        listings.append(listing)
      }
    }
    let text = try form.text(of: listings, headings: layouts.count > 1)
    if !text.isEmpty { try session.streams.print(text) }
  }

  private func form() throws(Failure) -> ListingForm {
    let chosen = [quiet, json, format != nil, tree, dot].filter { $0 }.count
    if chosen > 1 {
      throw Failure(.usage, "", "only one of --quiet, --json, --format, --tree and --dot can be given")
    }
    if quiet { return .identifiers(whole: noTrunc) }
    if json { return .json }
    if tree { return .tree }
    if dot { return .dot }
    guard let format else { return .table(try TableForm(digests: digests, whole: noTrunc)) }
    guard format.hasPrefix("table") else {
      return .lines(try FieldTemplate(parsing: format), whole: noTrunc)
    }
    return .table(try TableForm(format: format.dropFirst("table".count), digests: digests, whole: noTrunc))
  }

  private func operands() throws(Failure) -> [ImageOperand] {
    if layouts.isEmpty { return [ImageOperand(.defaultLayout)] }
    var operands: [ImageOperand] = []
    for layout in layouts {
      let operand = try layout.operand()
      guard operand.selector == .only else {
        throw Failure(.usage, layout.text, "names an image, not a layout; use --filter reference=NAME")
      }
      operands.append(operand)
    }
    return operands
  }
}
