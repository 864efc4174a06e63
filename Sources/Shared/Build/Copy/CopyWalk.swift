import Archive
import Glibc
import Overlay
import System

/// Goes through the files that sources put into one directory of an image, in the order of their paths.
///
/// Directories of the same path merge, as they do if one source is copied after the other; of files with the same path
/// the last source's is the one. In memory are the directories on the way and the files that have further names.
final class CopyWalk {
  /// What a source has for a directory.
  struct Part {
    /// The number of the source: files of different ones are never the same file.
    let source: Int
    /// What it has.
    let content: CopiedSource
  }

  /// A file of a source, wherever its names are.
  private struct Identity: Hashable {
    let source: Int
    let device: dev_t
    let inode: ino_t
  }

  private let appearance: CopyAppearance
  private let output: any CopyOutput
  /// The path in the image of what is at hand.
  private var path: [UInt8] = []
  /// The directories on the way that are said only if there is anything in them.
  private var waiting: [CopyItem] = []
  /// Under which name a file with several was copied, and how many are still to come.
  private var links: [Identity: (path: [UInt8], missing: nlink_t)] = [:]

  /// What the files were that were found: the same again if nothing has changed.
  private var trace = Hasher()

  /// The longest path, as for layers that are unpacked: PATH_MAX.
  private static let longest = 4095

  /// A walk that gives `output` each file, a directory before what is in it.
  init(_ appearance: CopyAppearance, _ output: any CopyOutput) {
    self.appearance = appearance
    self.output = output
  }

  /// Goes through what `parts`, in the order of the sources, have for the directory `path`.
  ///
  /// - Parameter view: what is in that directory before; nil where nothing is, or it doesn't matter.
  func walk(_ parts: [Part], into path: [UInt8], onto view: OverlayDirectory?) throws(Failure) {
    self.path = path
    try fill(parts, view)
  }

  /// Copies a file to that very path.
  func copy(_ file: CopiedFile, to path: [UInt8]) throws(Failure) {
    self.path = path
    try put(file, source: 0)
  }

  /// A number for all files that were found so far: another one if any has changed, in this process.
  var state: Int { trace.finalize() }
}

extension CopyWalk {
  private func fill(_ parts: [Part], _ view: OverlayDirectory?) throws(Failure) {
    let members = try members(of: parts)
    let taken = try taken(by: view, members.count)
    let length = path.count
    for (name, parts) in members {
      if length > 0 { path.append(UInt8(ascii: "/")) }
      path += name.bytes
      var existing: OverlayEntry?
      if let view, taken?.contains(name) ?? true {
        existing = try check { () throws(Errno) in try view.entry(name) }
      }
      try put(name, parts, over: existing, in: view)
      path.removeSubrange(length...)
    }
  }

  /// The names that are in a directory before; nil where it is quicker to ask for each.
  private func taken(by view: OverlayDirectory?, _ count: Int) throws(Failure) -> Set<FileName>? {
    guard let view else { return [] }
    guard count > 32 else { return nil }
    return Set(try check { () throws(Errno) in try view.names() })
  }

  /// The names, in order, and which of the parts have them.
  private func members(of parts: [Part]) throws(Failure) -> [(FileName, [Part])] {
    if parts.count == 1, case .directory(let tree) = parts[0].content {
      return try tree.names().map { ($0, parts) }
    }
    var members: [FileName: [Part]] = [:]
    for part in parts {
      switch part.content {
      case .directory(let tree): for name in try tree.names() { members[name, default: []].append(part) }
      case .file(let file): members[file.name, default: []].append(part)
      }
    }
    return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Copies what is called `name` in the parts.
  private func put(
    _ name: FileName, _ parts: [Part], over existing: OverlayEntry?, in view: OverlayDirectory?
  ) throws(Failure) {
    var directories: [(part: Part, member: FileTree.Member, origin: FileTree.Origin)] = []
    var last: (file: CopiedFile, source: Int)?
    for part in parts {
      var file: CopiedFile?
      switch part.content {
      case .file(let given): file = given
      case .directory(let tree):
        guard let member = try tree.member(name) else { continue }
        switch member.entry.status.kind {
        case .directory:
          guard let below = try tree.subdirectory(of: member) else { continue }
          directories.append((Part(source: part.source, content: .directory(below)), member, tree.origin))
        case .socket: continue
        default: file = CopiedFile(name: name, content: .member(member.entry, tree))
        }
      }
      if let file { last = (file, part.source) }
      if last != nil, !directories.isEmpty {
        throw wrong(file == nil ? "cannot copy to non-directory" : "cannot replace to directory with file")
      }
    }
    if let last {
      if existing?.status.kind == .directory { throw wrong("cannot replace to directory with file") }
      try put(last.file, source: last.source)
    } else if !directories.isEmpty {
      let below = try directory(below: existing, in: view)
      try descend(directories, onto: below)
    }
  }

  private func directory(
    below existing: OverlayEntry?, in view: OverlayDirectory?
  ) throws(Failure) -> OverlayDirectory? {
    guard let view, let existing else { return nil }
    guard existing.status.kind == .directory else { throw wrong("cannot copy to non-directory") }
    return try check { () throws(Errno) in try view.directory(existing.name) }
  }

  private func descend(
    _ directories: [(part: Part, member: FileTree.Member, origin: FileTree.Origin)],
    onto view: OverlayDirectory?
  ) throws(Failure) {
    let isKept = directories.contains { $0.member.keeping == .kept }
    guard let last = directories.last(where: { !isKept || $0.member.keeping == .kept }) else { return }
    let header = try check { () throws(Errno) in
      try appearance.header(path, last.member.entry, from: last.origin)
    }
    try checkName()
    note(last.member.entry.status, last.origin)
    waiting.append(CopyItem(header: header))
    let depth = waiting.count
    if isKept { try say() }
    try fill(directories.map(\.part), view)
    if waiting.count == depth { waiting.removeLast() }
  }

  /// Gives out the directories that wait.
  private func say() throws(Failure) {
    for item in waiting { try output.put(item) }
    waiting = []
  }
}

extension CopyWalk {
  private func put(_ file: CopiedFile, source: Int) throws(Failure) {
    try checkName()
    var item = try item(file)
    if case .member(let entry, let tree) = file.content {
      if item.header.kind != .regular { item.content = nil }
      note(entry.status, tree.origin)
      try link(entry, &item, source)
      if item.header.kind == .symlink { item.header.target = try tree.target(of: entry) }
    }
    try say()
    try output.put(item)
  }

  private func item(_ file: CopiedFile) throws(Failure) -> CopyItem {
    switch file.content {
    case .member(let entry, let tree):
      let header = try tree.check(entry.name) { () throws(Errno) in
        try appearance.header(path, entry, from: tree.origin)
      }
      let source = tree.origin == .context ? tree.path(of: entry.name) : nil
      return CopyItem(header: header, content: file.content, source: source)
    case .bytes(let bytes):
      return CopyItem(
        header: appearance.header(path, size: UInt64(bytes.count), of: file), content: file.content)
    case .file(_, let status):
      return CopyItem(header: appearance.header(path, size: status.size, of: file), content: file.content)
    }
  }

  /// Makes a file a hard link, if it was copied under another name before.
  private func link(_ entry: OverlayEntry, _ item: inout CopyItem, _ source: Int) throws(Failure) {
    let status = entry.status.raw
    guard item.header.kind == .regular, status.st_nlink > 1 else { return }
    let identity = Identity(source: source, device: status.st_dev, inode: status.st_ino)
    guard let first = links[identity] else {
      links[identity] = (path, status.st_nlink - 1)
      return
    }
    links[identity] = first.missing > 1 ? (first.path, first.missing - 1) : nil
    item.header.kind = .hardlink
    item.header.target = first.path
    item.header.size = 0
    item.header.attributes = []
    item.content = nil
  }

  private func note(_ status: FileStatus, _ origin: FileTree.Origin) {
    trace.combine(status.raw.st_dev)
    trace.combine(status.raw.st_ino)
    trace.combine(status.raw.st_mode)
    trace.combine(status.raw.st_size)
    trace.combine(status.raw.st_mtim.tv_sec)
    trace.combine(status.raw.st_mtim.tv_nsec)
    // Of a file in the layer store it changes with the number of its links, too.
    guard origin == .context else { return }
    trace.combine(status.raw.st_ctim.tv_sec)
    trace.combine(status.raw.st_ctim.tv_nsec)
  }

  /// Makes sure that a layer can have a member of that path.
  private func checkName() throws(Failure) {
    guard path.count < Self.longest else { throw wrong("the path is longer than a path can be") }
    let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    if path[start...].starts(with: ".wh.".utf8) {
      throw wrong("a layer can't hold a file of that name: it would be a whiteout")
    }
  }

  private func wrong(_ problem: String) -> Failure {
    Failure(.failed, "/" + String(decoding: path, as: UTF8.self).oneLine, problem)
  }

  /// Runs `call`; its error is about the place at hand.
  private func check<Result>(_ call: () throws(Errno) -> Result) throws(Failure) -> Result {
    do { return try call() } catch {
      throw error.failure("/" + String(decoding: path, as: UTF8.self).oneLine)
    }
  }
}
