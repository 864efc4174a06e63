import Glibc
import Image
import Layout
import System

// Images after steps have entries in the layout's index, so that `CACHE/images:ID` leads to them. The index is written
// once, when a build ends: with a thousand entries it takes some milliseconds to read and write.

extension BuildCache {
  /// The most entries without a name that the index keeps; those added last.
  ///
  /// The images of the others are there until they are pruned, and good for the cache.
  static let mostImages = 1000

  /// Notes an image after a step, made or found: `publishImages` makes it known.
  func add(_ image: Descriptor) { made.update { $0.append(image) } }

  /// Makes the images known that were noted, so that operands lead to them; to be called however a build ends.
  public func publishImages() throws(Failure) {
    let noted = made.update { made in
      defer { made = [] }
      return made
    }
    guard !noted.isEmpty else { return }
    try images.update(durably: false) { (index) throws(Failure) in
      index.add(noted)
      var surplus = index.manifests.count { $0.imageName == nil } - Self.mostImages
      guard surplus > 0 else { return }
      let kept = Set(noted.map(\.digest))
      index.remove { entry in
        guard surplus > 0, entry.imageName == nil, !kept.contains(entry.digest) else { return false }
        surplus -= 1
        return true
      }
    }
  }
}
