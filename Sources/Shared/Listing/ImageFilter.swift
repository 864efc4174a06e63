import Glibc
import Image
import System

/// What `--filter` asks for, as Docker understands it: one of the patterns, and all of the rest.
public struct ImageFilter {
  private var isDangling: Bool?
  private var patterns: [String] = []
  private var labels: [(key: String, value: String?)] = []
  private var before: [String] = []
  private var since: [String] = []

  /// A filter that lets everything pass.
  public init() {}

  /// Adds one KEY=VALUE.
  public mutating func add(_ text: String) throws(Failure) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    func wrong(_ problem: String) -> Failure { Failure(.usage, "--filter \(text)", problem) }
    guard parts.count == 2, !parts[1].isEmpty else { throw wrong("is not KEY=VALUE") }
    switch parts[0] {
    case "dangling":
      guard let value = ["true": true, "1": true, "false": false, "0": false][parts[1]] else {
        throw wrong("is true or false")
      }
      isDangling = value
    case "reference": patterns.append(parts[1])
    case "label":
      let pair = parts[1].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      labels.append((pair[0], pair.count == 2 ? pair[1] : nil))
    case "before": before.append(parts[1])
    case "since": since.append(parts[1])
    default: throw wrong("no such filter; there is before, dangling, label, reference and since")
    }
  }

  /// Leaves in `listing` what fits.
  ///
  /// - Throws: `notFound` where there is no image for `before` or `since`.
  public func apply(to listing: inout PlaceListing) throws(Failure) {
    let all = listing.images
    listing.images.removeAll { !fits($0) }
    for name in before {
      let limit = try Self.image(name, among: all, of: listing.name)
      listing.images.removeAll { !Self.isOlder($0, than: limit) }
    }
    for name in since {
      let limit = try Self.image(name, among: all, of: listing.name)
      listing.images.removeAll { !Self.isOlder(limit, than: $0) }
    }
  }

  private func fits(_ image: ListedImage) -> Bool {
    if let isDangling, isDangling != (image.entry.imageName == nil) { return false }
    if !patterns.isEmpty, !patterns.contains(where: { Self.matches($0, image) }) { return false }
    return labels.allSatisfy { key, value in
      image.content.labels[key].map { value == nil || $0 == value } ?? false
    }
  }

  /// Docker's rule: the pattern of a path, for the whole familiar name or for the part before the tag.
  private static func matches(_ pattern: String, _ image: ListedImage) -> Bool {
    [image.entry.shortName, image.entry.reference?.familiarRepository].contains { name in
      name.map { fnmatch(pattern, $0, FNM_PATHNAME) == 0 } ?? false
    }
  }

  /// The image called or identified by `name`.
  private static func image(
    _ name: String, among images: [ListedImage], of place: String
  ) throws(Failure) -> ListedImage {
    let index = Index(images.map(\.entry))
    let ids = Dictionary(images.map { ($0.entry.digest, $0.content.id) }) { first, _ in first }
    let selector = Digest(name).map(ImageSelector.digest) ?? .name(name)
    let entry: Descriptor
    do {
      entry = try selector.resolve(in: index) { (entry) throws(Failure) in ids[entry.digest] }
    } catch { throw error.about(place) }
    guard let image = images.first(where: { $0.entry.digest == entry.digest }) else {
      throw Failure(.notFound, place, "no image \(name)")
    }
    return image
  }

  private static func isOlder(_ image: ListedImage, than other: ListedImage) -> Bool {
    guard let date = image.content.created, let limit = other.content.created else { return false }
    return date < limit
  }
}
