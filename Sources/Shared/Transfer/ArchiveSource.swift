import Archive
import Image
import Layout
import System
import Verification

/// An archive as the reading end of a copy: a tar of a layout, or a Docker archive; from a file or a pipe.
///
/// A plain file is read where the blobs lie. A stream whose members come in the order in which they are asked for
/// passes once, without any copy of it; from the first member that comes at another time, the rest is spooled.
public final class ArchiveSource: ImageSource, @unchecked Sendable {
  // While the stream passes, one thread uses it; afterwards nothing changes any more.

  /// What the archive holds: its `index.json`, or the one made up for a Docker archive.
  public private(set) var index = Index.empty
  private let name: String
  private let input: FileDescriptor
  private let spool: Spool
  private let reader: ArchiveReader
  /// All members, once they do not pass any more.
  private var members: ArchiveMembers?
  private var position = Position.before
  private var docker: DockerArchive?
  /// The directory in the archive in which the layout lies, with a slash behind it.
  private var root = ""
  private var sawLayout = false
  private var dockerManifest: [UInt8]?
  /// Documents that have passed, as they may be asked for again.
  private var passed: [Digest: [UInt8]] = [:]
  private var passedCount = 0

  /// The most bytes of manifests and configs that one archive may have; honest ones have a few kilobytes an image.
  static let documentsLimit = 32 << 20

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
  ///   - spool: where members wait if the order of a stream demands it.
  /// - Throws: `invalid` where it is no archive of images.
  public init(_ input: FileDescriptor, name: String, spool: Spool) throws(Failure) {
    self.name = name
    self.input = input
    self.spool = spool
    reader = try ArchiveReader(input: input, name: name)
    if try current()?.dataOffset != nil {
      try readIndex(of: takeRest(from: input))
    } else {
      try readPassingIndex()
    }
  }

  /// Once all members have their place, several may be read at once.
  public var isParallel: Bool { members != nil }

  /// The bytes of a blob: where they lie, or as they pass.
  public func bytes(of descriptor: Descriptor, from offset: UInt64) throws(Failure) -> UnverifiedBytes {
    let path = descriptor.digest.blobPath
    if let document = passed[descriptor.digest] {
      return UnverifiedBytes(MemoryReader(document.dropFirst(Int(clamping: offset))))
    }
    if members == nil, let entry = try nextBlob(), entry.kind == .regular, try self.path(of: entry) == path {
      if descriptor.mediaType.isDocument, entry.size <= documentLimit {
        let document = try pass(readAll(entry), descriptor)
        return UnverifiedBytes(MemoryReader(document.dropFirst(Int(clamping: offset))))
      }
      position = .before
      return UnverifiedBytes(MemberReader(entry, of: reader, name: name, from: offset))
    }
    let members = if let members { members } else { try takeRest(from: nil) }
    if let reader = try docker?.reader(of: descriptor, from: offset) { return UnverifiedBytes(reader) }
    guard let member = try members.member(path, followLinks: false) else {
      throw Failure(.notFound, name, "blob \(descriptor.digest) is not in the archive")
    }
    return UnverifiedBytes(try members.reader(of: member, path, from: offset))
  }

  /// Takes up all that a stream holds, so that it can be read more than once.
  public func settle() throws(Failure) {
    if members == nil { _ = try takeRest(from: nil) }
  }

  /// The blob, where it was staged in the layout that it goes to.
  public func staged(_ descriptor: Descriptor) throws(Failure) -> StagedBlob? {
    if let docker { return docker.staged(descriptor) }
    guard let member = try members?.member(descriptor.digest.blobPath, followLinks: false),
      case .staged(let blob) = member
    else { return nil }
    return blob
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
}

extension ArchiveSource {
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

  /// The member's path from the layout's root on.
  private func path(of entry: ArchiveEntry) throws(Failure) -> String {
    let path = try named(name) { () throws(Failure) in try entry.memberName() }
    return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : "/\(path)"
  }

  /// Reads the index where it comes before all blobs; else takes up everything first.
  private func readPassingIndex() throws(Failure) {
    while let entry = try current() {
      if entry.kind == .directory {
        position = .before
        continue
      }
      let name = try named(name) { () throws(Failure) in try entry.memberName() }
      let (directory, base) = ArchiveEntry.split(name)
      if root.isEmpty, ["oci-layout", "index.json"].contains(base) { root = String(directory) }
      switch try path(of: entry) {
      case "oci-layout" where entry.kind == .regular: try check(layout: try readAll(entry))
      case "index.json" where entry.kind == .regular:
        index = try parse(index: try readAll(entry))
        return
      default: return try readIndex(of: takeRest(from: nil))
      }
    }
    try readIndex(of: takeRest(from: nil))
  }

  private func readIndex(of members: ArchiveMembers) throws(Failure) {
    members.root = try members.directory(of: ["oci-layout", "manifest.json", "repositories"])
    dockerManifest = try members.document("manifest.json")
    if let bytes = try members.document("index.json") {
      if let layout = try members.document("oci-layout") { try check(layout: layout) }
      guard sawLayout else { throw Failure(.invalid, name, "has no oci-layout") }
      index = try parse(index: bytes)
      return
    }
    let archive = DockerArchive(members, spool: spool, name: name)
    if let manifest = dockerManifest {
      try archive.read(manifest: manifest)
    } else if let repositories = try members.document("repositories") {
      try archive.read(repositories: repositories)
    } else {
      throw Failure(
        .invalid, name, "neither an OCI image layout nor a Docker archive (no index.json, no manifest.json)")
    }
    archive.finishIndex()
    docker = archive
    index = archive.index
  }

  private func readAll(_ entry: ArchiveEntry) throws(Failure) -> [UInt8] {
    guard entry.size <= documentLimit else {
      throw Failure(.invalid, name, "\(entry.path.oneLine): \(entry.size) bytes are too many")
    }
    position = .before
    var bytes: [UInt8] = []
    while let piece = try reader.nextBytes() { bytes.append(contentsOf: piece) }
    return bytes
  }

  private func pass(_ document: [UInt8], _ descriptor: Descriptor) throws(Failure) -> [UInt8] {
    passedCount += document.count
    guard passedCount <= Self.documentsLimit else { throw DockerArchive.tooManyDocuments(name) }
    passed[descriptor.digest] = document
    return document
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

  /// Takes up the current member and all that follow.
  ///
  /// - Parameter archive: where they can be read again; nil: they are spooled.
  private func takeRest(from archive: FileDescriptor?) throws(Failure) -> ArchiveMembers {
    let members = ArchiveMembers(name: name, archive: archive, spool: spool)
    members.root = root
    while let entry = try current() {
      try members.take(entry, from: reader)
      position = .before
    }
    dockerManifest = try members.document("manifest.json")
    self.members = members
    return members
  }

  /// The next member below `blobs`, past directories and the files beside; nil at the end.
  private func nextBlob() throws(Failure) -> ArchiveEntry? {
    while let entry = try current() {
      switch try path(of: entry) {
      case "oci-layout" where entry.kind == .regular: try check(layout: try readAll(entry))
      case "manifest.json" where entry.kind == .regular: dockerManifest = try readAll(entry)
      case "index.json": throw Failure(.invalid, name, "has two members index.json")
      case let path where path.hasPrefix("blobs/") && entry.kind != .directory: return entry
      case let path where ArchiveEntry.split(path).base == "oci-layout":
        throw ArchiveEntry.severalLayouts(name, [root[...], ArchiveEntry.split(path).directory.dropFirst()])
      default: position = .before
      }
    }
    return nil
  }
}

extension MediaType {
  /// Whether it is of something small that is read more than once.
  fileprivate var isDocument: Bool { isIndex || isManifest || isConfig }
}
