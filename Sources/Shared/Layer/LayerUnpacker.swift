import Glibc
import Overlay
import System

/// Unpacks the members of a layer's tar into a directory of its own, marked as overlayfs wants it.
///
/// All of it happens below the directory's descriptor, and the kernel never follows a link of the layer's: what a
/// stranger's links mean inside the image is worked out here. Nobody else writes there meanwhile.
///
/// A member replaces what the same layer has had under its name. Whiteouts hide what is below and never anything of
/// their own layer, in whatever order they come. Devices that may not be made, in a user namespace, are left out, as
/// Docker and Podman do. Extended attributes that the file system does not
/// have, or that only root may set, are left out, as Docker does; those by which overlayfs and fuse-overlayfs
/// speak to themselves are never taken from a tar. A symbolic link's or device's owner can't be recorded.
public final class LayerUnpacker {
  /// Whose the files become.
  public enum Owners: Hashable, Sendable {
    /// Those that the layer names (chown(2)).
    case mapped
    /// All stay the user's; owner and mode go to `user.containers.override_stat`, as fuse-overlayfs reads them.
    case recorded
    /// All stay the user's, and that they should not is forgotten: for files that are only read.
    case ignored
  }

  /// What a layer may need; the rest of the disk's protection is `spend`.
  public struct Limits {
    /// The most members.
    public var entries: Int
    /// Told before bytes are written how many they will take on the disk, in whole blocks; throws to stop it.
    public var spend: (UInt64) throws(Failure) -> Void

    /// Limits that hold for one layer or, by way of `spend`, for several.
    public init(entries: Int = 16_000_000, spend: @escaping (UInt64) throws(Failure) -> Void = { _ in }) {
      self.entries = entries
      self.spend = spend
    }
  }

  /// Whether what the layer became depends on what is below: what is below was asked for.
  private(set) var dependsOnBelow = false

  let name: String
  let dialect: OverlayDialect
  let owners: Owners
  let limits: Limits
  var table: DirectoryTable
  /// Hard links whose target has not come yet.
  var links: [WaitingLink] = []
  /// The links of layers below by way of which paths of this layer led.
  var followed: Set<LayerSpot> = []
  /// The path of the member at hand, for messages.
  var path: [UInt8] = []
  /// The bytes of what waits for the end.
  var waitingBytes = 0
  /// The parent of the member before, and the bytes by which it was named.
  var recent: (path: ArraySlice<UInt8>, place: DirectoryTable.Place)?
  /// Whose files are that this process makes.
  let ownUser = geteuid()
  let ownGroup = getegid()

  private let askBelow: () throws(Failure) -> OverlayDirectory?
  private var below: OverlayDirectory?
  private var count = 0

  /// Unpacks into `directory`, which is empty and not open to anybody else; `name` is the layer's in errors.
  ///
  /// - Parameter below: what is below the layer, merged; asked for at most once, when the tar first needs it: for a
  ///   parent that it does not name, a link to a lower file, a path through a lower symbolic link. May wait.
  /// - Throws: `failed` where the directory can't be prepared.
  public init(
    into directory: FileDescriptor, name: String, dialect: OverlayDialect, owners: Owners,
    limits: Limits = Limits(), below: @escaping () throws(Failure) -> OverlayDirectory?
  ) throws(Failure) {
    self.name = name
    self.dialect = dialect
    self.owners = owners
    self.limits = limits
    askBelow = below
    do throws(Errno) {
      let root = try directory.open(FileName("."), O_RDONLY | O_DIRECTORY)
      // What is made in it shall inherit nothing, and nobody shall get at it until it is whole.
      try root.removeExtendedAttribute(FileName("system.posix_acl_default"))
      try root.removeExtendedAttribute(FileName("system.posix_acl_access"))
      let status = try root.status().raw
      if (status.st_uid, status.st_gid) != (ownUser, ownGroup) { try root.setOwner(ownUser, ownGroup) }
      try root.setMode(0o700)
      table = DirectoryTable(root)
    } catch { throw error.failure(name) }
  }

  /// Unpacks all that `reader` has, and finishes.
  ///
  /// - Throws: `invalid` where a member can't be a file; `failed` where it can't be made; what `reader`, `limits` and
  ///   `below` throw.
  public func unpack(_ reader: LayerReader) throws(Failure) {
    while let entry = try reader.next() { try add(entry, body: reader) }
    try finish()
  }

  /// Unpacks a member whose body, if it has one, `body` reads next.
  private func add(_ entry: LayerEntry, body: LayerReader) throws(Failure) {
    path = entry.path
    do throws(Failure) {
      count += 1
      guard count <= limits.entries else { throw Failure(.invalid, "", "more than \(limits.entries) files") }
      try put(entry, body)
    } catch {
      // What the tar, the limits and what is below throw is not about this file.
      guard error.subject.isEmpty else { throw error }
      throw about(error)
    }
  }

  /// Makes the links whose targets came late or are below, and gives the directories their attributes and times.
  private func finish() throws(Failure) {
    try makeWaitingLinks()
    try removeLinkTargets()
    try dressDirectories()
  }

  /// The failure about the member at hand.
  func about(_ failure: Failure) -> Failure {
    var failure = failure
    failure.problem =
      "\(String(decoding: path.prefix(LayerPath.longest), as: UTF8.self).oneLine): \(failure.problem)"
    failure.subject = name
    return failure
  }

  private func put(_ entry: LayerEntry, _ body: LayerReader) throws(Failure) {
    if let (parent, last) = try nextToLast(entry.path) {
      return try put(entry, FileName(checked: last), in: parent, body)
    }
    let path = try LayerPath(entry.path)
    guard let last = path.names.last else {
      guard entry.kind == .directory else { throw Failure(.invalid, "", "the root is no directory") }
      return try dress(0, as: entry)
    }
    let parents = path.names.dropLast()
    // Files that are only read hide nothing.
    switch try owners == .ignored ? .none : Whiteout(last, in: parents) {
    case .ignored: break
    case .linkTarget: try putLinkTarget(entry, FileName(checked: last), body)
    case .removes(let name):
      if let parent = try directory(parents, .find) { try whiteOut(FileName(checked: name), in: parent) }
    case .opaque:
      if let parent = try directory(parents, .find) { try makeOpaque(parent) }
    case .none:
      guard let parent = try directory(parents, .make) else { preconditionFailure("not made") }
      remember(entry.path, parent)
      try put(entry, FileName(checked: last), in: parent, body)
    }
  }

  private func put(
    _ entry: LayerEntry, _ name: FileName, in parent: DirectoryTable.Place, _ body: LayerReader
  ) throws(Failure) {
    switch entry.kind {
    case .directory: try putDirectory(entry, name, in: parent)
    case .regular: try putFile(entry, name, in: parent, body)
    case .hardlink: try putLink(entry, name, in: parent)
    case .symlink: try putSymlink(entry, name, in: parent)
    case .characterDevice, .blockDevice, .fifo: try putNode(entry, name, in: parent)
    }
  }

  /// What is below the root, merged.
  func lowerRoot() throws(Failure) -> OverlayDirectory? {
    if !dependsOnBelow {
      dependsOnBelow = true
      below = try askBelow()
    }
    return below
  }

  /// What a call does, its error said of the member at hand.
  func check<Result>(_ call: () throws(Errno) -> Result) throws(Failure) -> Result {
    do { return try call() } catch { throw Self.ofOurs(error.failure("")) }
  }

  /// The failure of a call: what is not found there was no operand.
  static func ofOurs(_ failure: Failure) -> Failure {
    var failure = failure
    if failure.kind == .notFound { failure.kind = .failed }
    return failure
  }
}

extension FileName {
  /// A name that a tar has.
  init(checked bytes: some Collection<UInt8>) throws(Failure) {
    guard let name = FileName(bytes) else { throw Failure(.invalid, "", "a zero in a name") }
    self = name
  }
}
