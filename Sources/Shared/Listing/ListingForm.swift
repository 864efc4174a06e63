import CommandLine
import Image
import System

/// How listings are printed.
public enum ListingForm {
  /// IDs only.
  case identifiers(whole: Bool)
  /// One JSON document.
  case json
  /// A table for each place.
  case table(TableForm)
  /// A line for each image, as the template has it.
  case lines(FieldTemplate, whole: Bool)
  /// Layers as a tree.
  case tree
  /// The same as a graph for Graphviz.
  case dot

  /// The text for `listings`, without its last line end; `headings` says which place is which.
  public func text(of listings: [PlaceListing], headings: Bool) throws(Failure) -> String {
    switch self {
    case .identifiers(let whole):
      return listings.flatMap(\.images).map { $0.id(whole: whole) }.joined(separator: "\n")
    case .json:
      let images = listings.flatMap { listing in listing.images.map { $0.json(layout: listing.name) } }
      return String(decoding: JSON.array(images).encodedPretty().dropLast(), as: UTF8.self)
    case .lines(let template, let whole):
      let now = Timestamp.now
      var lines: [String] = []
      for image in listings.flatMap(\.images) {
        lines.append(try template.rendered(image.fields(whole: whole, now)))
      }
      return lines.joined(separator: "\n")
    case .table(let table):
      return try sections(listings, headings) { (listing) throws(Failure) in
        try table.lines(of: listing.images)
      }
    case .tree:
      return sections(listings, headings) { SharedLayers([$0]).lines }
    case .dot: return SharedLayers(listings).graph.joined(separator: "\n")
    }
  }

  /// As ls does for several directories.
  private func sections<E: Error>(
    _ listings: [PlaceListing], _ headings: Bool, _ lines: (PlaceListing) throws(E) -> [String]
  ) throws(E) -> String {
    var sections: [String] = []
    for listing in listings {
      let heading = headings ? ["\(listing.name.oneLine):"] : []
      sections.append((heading + (try lines(listing))).joined(separator: "\n"))
    }
    return sections.joined(separator: "\n\n")
  }
}

/// Which columns a table has.
public struct TableForm {
  private let templates: [FieldTemplate]
  private let whole: Bool

  /// The field of each column, and what stands above it.
  private static let headers: JSON = [
    "Repository": .string("REPOSITORY"), "Tag": .string("TAG"), "ID": .string("IMAGE ID"),
    "Digest": .string("DIGEST"),
    "CreatedSince": .string("CREATED"), "CreatedAt": .string("CREATED AT"), "Size": .string("SIZE"),
  ]

  /// Docker's columns.
  public init(digests: Bool, whole: Bool) throws(Failure) {
    let digest = digests ? #"\t{{.Digest}}"# : ""
    let format = #"{{.Repository}}\t{{.Tag}}"# + digest + #"\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"#
    self.init(try Self.columns(format), whole: whole)
  }

  /// The columns of a template, separated by tabs; Docker's where it is empty.
  public init(format: Substring, digests: Bool, whole: Bool) throws(Failure) {
    if format.allSatisfy({ $0 == " " }) {
      try self.init(digests: digests, whole: whole)
      return
    }
    self.init(try Self.columns(String(format.drop { $0 == " " })), whole: whole)
  }

  private init(_ templates: [FieldTemplate], whole: Bool) {
    self.templates = templates
    self.whole = whole
  }

  private static func columns(_ format: String) throws(Failure) -> [FieldTemplate] {
    var columns: [FieldTemplate] = []
    for text in format.replacing("\\t", with: "\t").split(separator: "\t", omittingEmptySubsequences: false) {
      columns.append(try FieldTemplate(parsing: String(text)))
    }
    return columns
  }

  /// The table of `images`, its header first.
  func lines(of images: [ListedImage]) throws(Failure) -> [String] {
    let now = Timestamp.now
    var table = Table(try cells(Self.headers))
    for image in images { table.add(try cells(image.fields(whole: whole, now))) }
    return table.lines
  }

  private func cells(_ fields: JSON) throws(Failure) -> [String] {
    var cells: [String] = []
    for template in templates { cells.append(try template.rendered(fields)) }
    return cells
  }
}
