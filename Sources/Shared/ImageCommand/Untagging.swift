import Image
import Layout
import System
import Transfer

/// One operand's effect on an index.
struct Untagging {
  /// The names that went.
  private(set) var names: [String] = []
  /// The image's entry, where no other is left for it.
  private(set) var image: Descriptor?

  /// Takes out of `index` what `selector` means.
  ///
  /// - Parameter force: whether an image meant by its ID goes with all its names.
  /// - Throws: `failed` where it has several and `force` is false.
  init(
    _ selector: ImageSelector, _ index: inout Index, _ layout: LayoutDirectory, force: Bool
  ) throws(Failure) {
    let chosen = try selector.resolve(in: index, of: layout)
    let named = Set(selector.named(in: index).filter { $0.digest == chosen.digest })
    let all = index.manifests.filter { $0.digest == chosen.digest }
    let going = named.isEmpty ? Set(all) : named
    names = Self.names(all.filter(going.contains))
    if named.isEmpty, names.count > 1, !force {
      throw Failure(
        .failed, layout.path,
        "unable to remove \(chosen.digest.hex.prefix(12)) (must be forced, -f): it has several names: "
          + names.joined(separator: ", "))
    }
    index.remove { $0.digest == chosen.digest && going.contains($0) }
    guard !index.manifests.contains(where: { $0.digest == chosen.digest }) else { return }
    image = chosen
    removeReferrers(of: chosen.digest, from: &index, layout)
  }

  /// Nameless manifests about an image (signatures, bills of material) go with it; those with names stay.
  private func removeReferrers(of subject: Digest, from index: inout Index, _ layout: LayoutDirectory) {
    let carrier = Carrier(layout, index)
    index.remove { entry in
      guard entry.imageName == nil, entry.mediaType.isManifest || entry.mediaType.isIndex else {
        return false
      }
      return carrier.subject(of: entry) == subject
    }
  }

  private static func names(_ entries: [Descriptor]) -> [String] {
    var names: [String] = []
    for entry in entries {
      if let name = entry.shortName, !names.contains(name) { names.append(name) }
    }
    return names
  }
}
