import Archive
import Image
import System
import Verification

/// An archive as the reading end of a copy: a tar of a layout, or a Docker archive; from a file or a pipe.
///
/// A plain file is read where the blobs lie. A stream whose members come in the order in which they are asked for
/// passes once, without any copy of it; from the first member that comes at another time, the rest is spooled to an
/// unlinked file.
public final class ArchiveSource: ImageSource, @unchecked Sendable {
  // Not parallel: only ever used by one thread.

  /// What the archive holds: its `index.json`, or the one made up for a Docker archive.
  public private(set) var index = Index.empty
  private let name: String
  private let spoolDirectory: String
  private let reader: ArchiveReader
  private var members: ArchiveMembers?
  private var position = Position.before
  private var docker: DockerArchive?
  private var sawLayout = false
  private var dockerManifest: [UInt8]?

  /// Where the reader stands: before a member that it has to move to, at one that was not read yet, at the end.
  private enum Position {
    case before
    case at(ArchiveEntry)
    case end
  }

  /// Opens what `input` holds and reads up to its index.
  ///
  /// - Parameters:
  ///   - name: what it is called in errors.
  ///   - spoolDirectory: where an unlinked file is made if the order of a stream demands it.
  /// - Throws: `invalid` where it is no archive of images.
  public init(_ input: FileDescriptor, name: String, spoolDirectory: String) throws(Failure) {
    self.name = name
    self.spoolDirectory = spoolDirectory
    reader = try ArchiveReader(input: input, name: name)
    try readIndex(input)
  }

  /// One thread, in canonical order.
  public var isParallel: Bool { false }

  private func readIndex(_ input: FileDescriptor) throws(Failure) {
    if try current()?.dataOffset != nil {
      let members = ArchiveMembers(of: input, name: name)
      self.members = members
      while let entry = try current() {
        if let offset = entry.dataOffset { try members.add(entry, at: offset) }
        position = .before
      }
      return try readIndex(of: members)
    }
    while let entry = try current() {
      switch try entry.memberName() {
      case "oci-layout" where entry.kind == .regular:
        try check(layout: try readAll(entry))
      case "index.json" where entry.kind == .regular:
        index = try parse(index: try readAll(entry))
        return
      default:
        if entry.kind != .directory { return try readIndex(of: try spoolRest()) }
        position = .before
      }
    }
    try readIndex(of: try spoolRest())
  }

  private func readIndex(of members: ArchiveMembers) throws(Failure) {
    dockerManifest = try members.document("manifest.json")
    if let bytes = try members.document("index.json") {
      guard let layout = try members.document("oci-layout") else {
        throw Failure(.invalid, name, "has no oci-layout")
      }
      try check(layout: layout)
      index = try parse(index: bytes)
    } else if let manifest = dockerManifest {
      let archive = try DockerArchive(manifest: manifest, members: members, name: name)
      docker = archive
      index = archive.index
    } else {
      throw Failure(
        .invalid, name, "neither an OCI image layout nor a Docker archive (no index.json, no manifest.json)")
    }
  }

  /// The member that comes next and was not read yet; nil at the end.
  private func current() throws(Failure) -> ArchiveEntry? {
    switch position {
    case .at(let entry): return entry
    case .end: return nil
    case .before:
      let entry = try reader.next()
      position = entry.map { .at($0) } ?? .end
      return entry
    }
  }

  private func readAll(_ entry: ArchiveEntry) throws(Failure) -> [UInt8] {
    guard entry.size <= documentLimit else {
      throw Failure(.invalid, name, "\(entry.path): \(entry.size) bytes are too many")
    }
    position = .before
    var bytes: [UInt8] = []
    while let piece = try reader.nextBytes() { bytes.append(contentsOf: piece) }
    return bytes
  }

  private func check(layout: [UInt8]) throws(Failure) {
    guard let version = try? JSON(parsing: layout)["imageLayoutVersion"]?.string, version.hasPrefix("1.")
    else {
      throw Failure(.invalid, name, "oci-layout: not an image layout of version 1")
    }
    sawLayout = true
  }

  private func parse(index bytes: [UInt8]) throws(Failure) -> Index {
    try named("\(name): index.json") { () throws(Failure) in
      try Index(raw: bytes, mediaType: .imageIndex)
    }
  }

  /// Copies the current member and all that follow to an unlinked file.
  private func spoolRest() throws(Failure) -> ArchiveMembers {
    let file: FileDescriptor
    do { file = try FileDescriptor.spool(in: spoolDirectory) } catch {
      throw error.failure(spoolDirectory, doing: "spooling an archive whose order demands it")
    }
    let members = ArchiveMembers(of: file, name: name)
    self.members = members
    while let entry = try current() {
      try members.spool(entry, from: reader)
      position = .before
    }
    dockerManifest = try members.document("manifest.json")
    return members
  }

  /// The bytes of a blob: where they lie, or as they pass.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    let path = descriptor.digest.blobPath
    if members == nil {
      if let entry = try nextBlob(), entry.kind == .regular, try entry.memberName() == path {
        position = .before
        return UnverifiedBytes(PassingMember(self, entry, from: offset))
      }
    }
    let members = if let members { members } else { try spoolRest() }
    if let reader = try docker?.reader(of: descriptor, from: offset) { return UnverifiedBytes(reader) }
    guard let reader = try members.reader(of: path, from: offset) else {
      throw Failure(.notFound, name, "blob \(descriptor.digest) is not in the archive")
    }
    return UnverifiedBytes(reader)
  }

  /// The next member below `blobs`, past directories and the files beside; nil at the end.
  private func nextBlob() throws(Failure) -> ArchiveEntry? {
    while let entry = try current() {
      switch try entry.memberName() {
      case "oci-layout" where entry.kind == .regular: try check(layout: try readAll(entry))
      case "manifest.json" where entry.kind == .regular: dockerManifest = try readAll(entry)
      case "index.json": throw Failure(.invalid, name, "has two members index.json")
      case let path where path.hasPrefix("blobs/") && entry.kind != .directory: return entry
      default: position = .before
      }
    }
    return nil
  }

  /// Reads to the end of the archive, which must be there, and compares a `manifest.json` with what was read.
  public func finish(_ images: [CopiedImage]) throws(Failure) {
    if members == nil {
      while try nextBlob() != nil { position = .before }
      guard sawLayout else { throw Failure(.invalid, name, "has no oci-layout") }
    }
    guard docker == nil, let dockerManifest else { return }
    try DockerArchive.compare(dockerManifest, with: images, name: name)
  }

  /// The member at which the reader stands, as it passes.
  private final class PassingMember: ByteReader {
    let retainedCalls = ArchiveReader.retainedCalls
    private let source: ArchiveSource
    private var skips: UInt64
    private var left: UInt64

    init(_ source: ArchiveSource, _ entry: ArchiveEntry, from offset: UInt64) {
      self.source = source
      skips = offset
      left = entry.size
    }

    func next() throws(Failure) -> UnsafeRawBufferPointer? {
      while let bytes = try source.reader.nextBytes() {
        left -= min(left, UInt64(bytes.count))
        let skipped = Int(min(skips, UInt64(bytes.count)))
        skips -= UInt64(skipped)
        if skipped < bytes.count { return UnsafeRawBufferPointer(rebasing: bytes[skipped...]) }
      }
      return nil
    }

    func expectEnd() throws(Failure) {
      guard left == 0 else { throw Failure(.invalid, source.name, "\(left) bytes too many in a blob") }
    }
  }
}
