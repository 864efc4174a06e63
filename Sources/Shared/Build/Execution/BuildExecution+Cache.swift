import Image
import LayerStore
import System
import Transfer

// What is known of earlier builds, and what later ones will know.
extension BuildExecution {
  /// What the step of `key` made; nil where it is not known, or not to be used.
  func record(of key: StepKey) -> StepRecord? {
    guard !request.ignoresCache, let record = places.cache.record(key) else { return nil }
    state.update { $0.records[key] = record }
    return record
  }

  /// Keeps what the step of `key` made; where that can't be, it is made again.
  func write(_ record: StepRecord, of key: StepKey) {
    state.update { $0.records[key] = record }
    try? places.cache.write(record, key)
  }

  /// Why a step that copies `content` was not found: what of it is different from the last time.
  func reason(at place: StepKey, _ content: ContentListing?) -> String? {
    guard let content else { return nil }
    guard let last = places.cache.contents(at: place) else { return "not built before on these files" }
    return last.difference(to: content)
  }

  /// Keeps what a step copied.
  func write(_ content: ContentListing, at place: StepKey) { try? places.cache.write(content, at: place) }

  /// Keeps the image of a step, for those who want to look into it.
  func keep(_ image: AssembledImage) throws(Failure) {
    try image.storeDocuments(in: places.cache.images)
    places.cache.add(image.entry)
  }

  /// Remembers a layer that was made, until the end.
  func keep(_ tree: StoredLayer) { state.update { $0.made.append(tree) } }

  /// Remembers an image that a stage begins with: those of the steps need its layers.
  func keep(_ base: BaseImage) { state.update { $0.bases[base.entry.digest] = base } }

  /// Writes down what stays, however the build ended.
  func settle() throws(Failure) {
    let (made, bases) = state.update { ($0.made, $0.bases.values) }
    for base in bases { try complete(base) }
    try places.cache.publishImages()
    try places.cache.files.save()
    if request.durably { try places.layers.settle(made) }
  }

  /// Brings the layers of a base into the layout of step images.
  private func complete(_ base: BaseImage) throws(Failure) {
    let layout = places.cache.images
    let graph = try ImageGraph(base.entry, in: base.source)
    if graph.blobs.allSatisfy(layout.contains) { return }
    let item = ImageCopy.Item(base.entry.unnamed(), from: base.source, called: base.name, graph: graph)
    try ImageCopy(to: LayoutDestination(layout, observer: nil, durably: false), absence: .refused).run([item])
  }
}

extension BuildCache {
  /// What is in `images`.
  var source: LayoutSource { LayoutSource(images) }
}

extension FileDigests: ContentDigests {
  func digest(of file: FileDescriptor, _ status: FileStatus) throws(Failure) -> Digest {
    // Who copies the file knows its name.
    try digest(of: file, status, name: "")
  }
}

extension StepKey {
  /// The key of a step of a kind, on what `ground` stands for, with all else that it depends on.
  init(of kind: String, on ground: Digest, _ parts: [String]) {
    self.init(after: nil, [kind, ground.description] + parts)
  }
}
