import Image
import Layout

extension Carrier {
  /// The images that `index` names in `layout`.
  public init(_ layout: LayoutDirectory, _ index: Index) {
    self.init(name: layout.path, source: LayoutSource(layout), index: index)
  }

  /// The digest of what an entry is about; nil where it is about nothing, or can't be read.
  public func subject(of entry: Descriptor) -> Digest? {
    guard let raw = try? source.document(entry) else { return nil }
    if entry.mediaType.isIndex {
      return (try? Index(raw: raw, mediaType: entry.mediaType))?.subject?.digest
    }
    return (try? Manifest(raw: raw, mediaType: entry.mediaType))?.subject?.digest
  }
}
