import Image
import System

extension CopyStep {
  /// A file that is copied, and what it is in one digest.
  struct Entry: Sendable {
    /// Its path in the image.
    let path: [UInt8]
    /// Its path in the build context; nil where it is not from there.
    let source: [UInt8]?
    /// All that is copied of it: name, kind, owner, permissions, attributes and content, but no times.
    let digest: Digest
  }

  /// The digest of all that is copied: it differs if the layer would, times apart.
  ///
  /// Directories on the way, which the stage below and the destination decide about, are not part of it.
  ///
  /// - Parameters:
  ///   - contents: what is known of files' contents.
  ///   - each: is told each file, in order.
  ///   - listed: is told each directory of the context whose names were read.
  /// - Throws: `failed` where a file changes meanwhile; what reading it throws.
  func digest(
    _ contents: any ContentDigests, _ each: @escaping (Entry) throws(Failure) -> Void = { _ in },
    listed: @escaping ([UInt8]) -> Void = { _ in }
  ) throws(Failure) -> Digest {
    let digester = CopyDigester(contents, each, listed: listed)
    try walk(digester)
    let copied = try digester.finish()
    var unpacked: [String] = []
    for case .archive(let archive) in self.contents {
      let digest = try archive.digest(contents)
      unpacked.append(digest.description)
      try each(Entry(path: destination.path, source: archive.contextPath, digest: digest))
    }
    if unpacked.isEmpty { return copied }
    // Where it is unpacked, and what is made for it, no member says.
    let made = appearance.madeDirectory(destination.path, time: nil)
    let parts = [copied.description, "\(made.mode) \(made.user) \(made.group)"] + unpacked
    let key = StepKey(after: nil, parts.map { Array($0.utf8) } + [destination.path])
    return Digest.of(Array(key.description.utf8))
  }
}
