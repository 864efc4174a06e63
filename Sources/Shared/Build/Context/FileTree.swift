import Dockerfile
import Overlay
import System

/// A directory that files are copied from: of the build context, of a stage or of an image.
///
/// It is gone through name by name, each opened in the directory before it without following links: whatever changes
/// meanwhile, nothing outside the root is ever reached.
struct FileTree: Sendable {
  /// Where a tree comes from.
  enum Origin: Sendable {
    /// A directory of the host, whose owners mean nothing in an image.
    case context
    /// A stage or an image: its files keep their owners.
    case image
    /// Files that were fetched for the build, as those of a context without the user knowing them.
    case fetched
  }

  /// The files.
  let directory: OverlayDirectory
  /// Its path from the root, names joined by slashes; empty for the root.
  let path: [UInt8]
  /// Where it comes from.
  let origin: Origin
  /// What is left out of it.
  let filters: [PathFilter]

  /// The build context in a directory, without what the rules leave out.
  init(context root: FileDescriptor, ignoring rules: IgnoreRules) throws(Failure) {
    do throws(Errno) {
      directory = try OverlayDirectory(roots: [root], dialect: .trusted)
    } catch { throw error.failure("build context") }
    path = []
    origin = .context
    filters = PathFilter(rules).map { [$0] } ?? []
  }

  /// Files that were fetched, without those that `rules` leave out.
  init(fetched root: FileDescriptor, ignoring rules: IgnoreRules) throws(Failure) {
    let tree = try FileTree(context: root, ignoring: rules)
    self.init(tree.directory, [], .fetched, tree.filters)
  }

  /// All files of a stage or an image.
  init(image root: OverlayDirectory) {
    self.init(root, [], .image, [])
  }

  private init(
    _ directory: OverlayDirectory, _ path: [UInt8], _ origin: Origin, _ filters: [PathFilter]
  ) {
    self.directory = directory
    self.path = path
    self.origin = origin
    self.filters = filters
  }

  /// The same directory with further rules, which begin here.
  func filtered(by further: [PathFilter]) -> FileTree {
    FileTree(directory, path, origin, filters + further)
  }

  /// A file in the directory.
  struct Member {
    /// What it is.
    let entry: OverlayEntry
    /// Whether it is there for itself: never `leftOut`.
    let keeping: Keeping
    /// The rules, at it.
    let filters: [PathFilter]
  }

  /// What is called `name`; nil where nothing is, or it is left out.
  func member(_ name: FileName) throws(Failure) -> Member? {
    let children = filters.children(name)
    // What is left out whatever it is needs no look at it.
    if children.keeping(isDirectory: true) == .leftOut { return nil }
    guard let entry = try check(name, { () throws(Errno) in try directory.entry(name) }) else { return nil }
    let keeping = children.keeping(isDirectory: entry.status.kind == .directory)
    return keeping == .leftOut ? nil : Member(entry: entry, keeping: keeping, filters: children)
  }

  /// The directory that a member is; nil where it has gone.
  func subdirectory(of member: Member) throws(Failure) -> FileTree? {
    let name = member.entry.name
    guard let below = try check(name, { () throws(Errno) in try directory.directory(name) }) else {
      return nil
    }
    return FileTree(below, path(of: name), origin, member.filters)
  }

  /// All names, sorted by their bytes, of what may be left out, too.
  func names() throws(Failure) -> [FileName] {
    do throws(Errno) { return try directory.names() } catch { throw error.failure(subject(path)) }
  }

  /// The directory under a name; nil where there is none, or it is left out.
  func subdirectory(_ name: FileName) throws(Failure) -> FileTree? {
    guard let member = try member(name), member.entry.status.kind == .directory else { return nil }
    return try subdirectory(of: member)
  }

  /// The path of a file in it, from the root.
  func path(of name: FileName) -> [UInt8] {
    path.isEmpty ? name.bytes : path + [UInt8(ascii: "/")] + name.bytes
  }

  /// Runs `call`; its error is about `name`.
  func check<Result>(
    _ name: FileName, _ call: () throws(Errno) -> Result
  ) throws(Failure) -> Result {
    do { return try call() } catch { throw error.failure(subject(path(of: name))) }
  }

  /// What people call the file of that path.
  func subject(_ path: [UInt8]) -> String {
    let text = String(decoding: path, as: UTF8.self).oneLine
    return origin == .image ? "/" + text : text.isEmpty ? "build context" : text
  }
}
