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

  /// A directory at hand: what the sources have for it, and what is there before.
  private struct Place {
    let parts: [Part]
    let view: OverlayDirectory?
  }

  /// How far the walk has come in a directory.
  private struct Level {
    /// The length of its path.
    let length: Int
    /// How many directories wait, with this one; nil where it does not wait.
    let depth: Int?
    /// The names that are still to come, the next one last.
    var names: [FileName]
    /// The names that are there before; nil where it is quicker to ask for each.
    let taken: Set<FileName>?
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
    let root = Place(parts: parts, view: view)
    var way = OpenWay(root) { [self] (name, place) throws(Failure) in try below(name, place) }
    // Without recursion, and with few directories open: it may be as deep as a path can be.
    var levels = [try level(root, depth: nil)]
    while let last = levels.indices.last {
      self.path.removeSubrange(levels[last].length...)
      guard let name = levels[last].names.popLast() else {
        // Nothing was in it.
        if levels[last].depth == waiting.count { waiting.removeLast() }
        levels.removeLast()
        way.leave()
        continue
      }
      if !self.path.isEmpty { self.path.append(UInt8(ascii: "/")) }
      name.append(to: &self.path)
      if let below = try put(name, in: way.last(), levels[last].taken) {
        levels.append(try level(below, depth: waiting.isEmpty ? nil : waiting.count))
        way.enter(name, below)
      }
    }
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
  private func level(_ place: Place, depth: Int?) throws(Failure) -> Level {
    let names = try names(of: place.parts)
    for part in place.parts {
      if case .directory(let tree) = part.content, tree.origin == .context { output.list(tree.path) }
    }
    var taken: Set<FileName>? = []
    if let view = place.view {
      taken = names.count > 32 ? Set(try check { () throws(Errno) in try view.names() }) : nil
    }
    return Level(length: path.count, depth: depth, names: names.reversed(), taken: taken)
  }

  /// All names that the parts have, in order.
  private func names(of parts: [Part]) throws(Failure) -> [FileName] {
    if parts.count == 1, case .directory(let tree) = parts[0].content { return try tree.names() }
    var names: Set<FileName> = []
    for part in parts {
      switch part.content {
      case .directory(let tree): names.formUnion(try tree.names())
      case .file(let file): names.insert(file.name)
      }
    }
    return names.sorted()
  }

  /// The directory that is called `name` in another one, opened again.
  private func below(_ name: FileName, _ place: Place) throws(Failure) -> Place? {
    var parts: [Part] = []
    for part in place.parts {
      guard case .directory(let tree) = part.content, let below = try tree.subdirectory(name) else {
        continue
      }
      parts.append(Part(source: part.source, content: .directory(below)))
    }
    let view = try check { () throws(Errno) in try place.view?.directory(name) }
    return parts.isEmpty ? nil : Place(parts: parts, view: view)
  }

  /// Copies what is called `name` in a place; a directory that is to be gone through next.
  private func put(_ name: FileName, in place: Place, _ taken: Set<FileName>?) throws(Failure) -> Place? {
    var existing: OverlayEntry?
    if let view = place.view, taken?.contains(name) ?? true {
      existing = try check { () throws(Errno) in try view.entry(name) }
    }
    var directories: [(part: Part, member: FileTree.Member, origin: FileTree.Origin)] = []
    var last: (file: CopiedFile, source: Int)?
    for part in place.parts {
      var file: CopiedFile?
      switch part.content {
      case .file(let given):
        guard given.name == name else { continue }
        file = given
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
      let below = try directory(below: existing, in: place.view)
      if try put(directories) { return Place(parts: directories.map(\.part), view: below) }
    }
    return nil
  }

  private func directory(
    below existing: OverlayEntry?, in view: OverlayDirectory?
  ) throws(Failure) -> OverlayDirectory? {
    guard let view, let existing else { return nil }
    guard existing.status.kind == .directory else { throw wrong("cannot copy to non-directory") }
    return try check { () throws(Errno) in try view.directory(existing.name) }
  }

  /// Takes up directories that merge; whether there are any.
  private func put(
    _ directories: [(part: Part, member: FileTree.Member, origin: FileTree.Origin)]
  ) throws(Failure) -> Bool {
    let isKept = directories.contains { $0.member.keeping == .kept }
    guard let last = directories.last(where: { !isKept || $0.member.keeping == .kept }) else { return false }
    let header = try check { () throws(Errno) in
      try appearance.header(path, last.member.entry, from: last.origin)
    }
    try checkName()
    note(last.member.entry.status, last.origin)
    waiting.append(CopyItem(header: header))
    if isKept { try say() }
    return true
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
      let known = entry.status.kind == .regular ? output.known(entry.status) : nil
      let isPlain = tree.origin != .image && known?.isPlain == true
      let header = try tree.check(entry.name) { () throws(Errno) in
        try appearance.header(path, entry, from: tree.origin, isPlain: isPlain)
      }
      let source = tree.origin == .context ? tree.path(of: entry.name) : nil
      // Its directory may be closed where it need not be read.
      return CopyItem(
        header: header, content: known == nil ? file.content : nil, digest: known?.digest, source: source)
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
    item.digest = nil
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
