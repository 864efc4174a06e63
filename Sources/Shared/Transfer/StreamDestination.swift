import Archive
import Image
import System
import Verification

/// A stream as the writing end of a copy: a tar of a layout, in canonical order, in one pass.
///
/// With a `DockerManifest` it is a Docker archive at the same time.
public final class StreamDestination: ImageDestination {
  private let tar: TarWriter
  private let observer: (any TransferObserver)?
  private let docker: DockerManifest?

  /// Writes to `output`, called `name` in errors.
  ///
  /// - Parameter docker: what makes it a Docker archive too.
  public init(
    _ output: FileDescriptor, name: String, observer: (any TransferObserver)?, docker: DockerManifest? = nil
  ) {
    tar = TarWriter(output: output, name: name)
    self.observer = observer
    self.docker = docker
  }

  /// There is one pass.
  public var isSequential: Bool { true }

  /// Writes `oci-layout` and `index.json`.
  public func begin(_ entries: [Descriptor], absent: [Digest]) throws(Failure) {
    var index = Index.empty
    index.add(entries)
    index.setAbsentBlobs(absent)
    try tar.file("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    try tar.file("index.json", index.raw)
  }

  /// A stream has nothing before.
  public func has(_ descriptor: Descriptor) throws(Failure) -> Bool { false }

  /// Writes the document as a member.
  public func put(_ descriptor: Descriptor, document: [UInt8]) throws(Failure) {
    try tar.file(descriptor.digest.blobPath, document)
  }

  /// Writes the blob as a member, whose last bytes leave after they were verified.
  public func put(_ descriptor: Descriptor, from source: any ImageSource) throws(Failure) {
    let reader = try source.open(descriptor)
    // Read before the header is written: an empty or single-piece blob is verified by then.
    var bytes = try reader.next()
    try tar.begin(descriptor.digest.blobPath, size: descriptor.size)
    while let piece = bytes {
      try tar.write(piece)
      observer?.advanced(descriptor, by: piece.count)
      bytes = try reader.next()
    }
    try tar.end()
    observer?.completed(descriptor)
  }

  /// Ends the archive.
  public func finish(_ images: [CopiedImage], absent: [Digest]) throws(Failure) {
    if let docker {
      for file in try docker.files(for: images) { try tar.file(file.name, file.bytes) }
    }
    try tar.finish()
  }

  /// Ends the stream inside a member: most readers of tar don't miss an end that is missing elsewhere.
  public func abandon() { tar.abandon() }
}

extension Digest {
  /// Where a layout keeps the blob: `blobs/ALG/HEX` (image-layout.md).
  var blobPath: String { "blobs/\(algorithm.rawValue)/\(hex)" }
}
