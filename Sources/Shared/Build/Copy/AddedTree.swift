import Glibc
import Overlay
import System

/// Where the members of archives go: what the directory has in the image that they are unpacked in, and what they have
/// put there so far.
///
/// That directory is their root. Links on the way to a member, of the image and of archives, are followed as by a
/// process with this root; so each member has a path without links. In memory are directories, links, and files that
/// took the place of others.
final class AddedTree {
  /// What archives have put under a name.
  fileprivate final class Node {
    enum Kind {
      /// A directory; whether what the image has there is in it, too.
      case directory(merges: Bool)
      case link([UInt8])
      case file
    }

    var kind: Kind
    var children: [FileName: Node] = [:]
    /// Whether the image has a directory there, which it is in the place of.
    var hidesDirectory = false
    /// Its number among all.
    let number: Int

    init(_ kind: Kind, _ number: Int) {
      self.kind = kind
      self.number = number
    }
  }

  /// A directory that members are put in.
  struct Place {
    /// Its path in the image.
    let path: [UInt8]
    fileprivate let node: Node
    fileprivate let view: OverlayDirectory?

    /// The path of what is called `name` in it.
    func path(of name: FileName) -> [UInt8] { path.isEmpty ? name.bytes : path + [slash] + name.bytes }
  }

  /// Is told a directory on the way to a member that no layer of this step has yet: its path, and what is there.
  typealias Saying = ([UInt8], OverlayDirectory?) throws(Failure) -> Void

  private let root: Place
  private let say: Saying
  private var recent: (names: [FileName], place: Place)?
  /// Which names of which directories are files', by their hashes: those of a directory that went away count no more.
  private var files: Set<Int> = []
  private var nodeCount = 0

  /// How many links are followed in one path (path_resolution(7)).
  private static let linkLimit = 40

  /// The directory at `path`, which has `view` in it.
  init(_ path: [UInt8], _ view: OverlayDirectory?, _ say: @escaping Saying) {
    root = Place(path: path, node: Node(.directory(merges: true), 0), view: view)
    self.say = say
  }

  /// The directory of these names, made with all on the way to it where it is missing.
  func directory(_ names: [FileName]) throws(Failure) -> Place {
    if let recent, recent.names == names { return recent.place }
    guard let place = try walk(names, makes: true) else { preconditionFailure("not made") }
    recent = (names, place)
    return place
  }

  /// The path of the file that archives have put there; nil where they have put none.
  func file(_ names: [FileName]) throws(Failure) -> [UInt8]? {
    guard let last = names.last, let place = try walk(names.dropLast(), makes: false) else { return nil }
    let path = place.path(of: last)
    return files.contains(Self.key(last, place)) ? path : nil
  }

  /// Notes that a member is put there, in the place of whatever there was; directories merge.
  ///
  /// - Throws: `failed` where a layer can't say it.
  func putDirectory(_ name: FileName, in place: Place) throws(Failure) {
    let node = place.node.children[name]
    if case .directory? = node?.kind { return }
    if node?.hidesDirectory == true {
      throw Failure(.failed, "", "a file and then a directory, where the image has one already")
    }
    let existing = node == nil ? try look(name, in: place) : nil
    place.node.children[name] = self.node(.directory(merges: existing?.status.kind == .directory))
  }

  /// Notes that something that is no directory is put there, in the place of whatever there was.
  ///
  /// - Parameter target: that of a symbolic link.
  func putFile(_ name: FileName, in place: Place, target: [UInt8]? = nil) throws(Failure) {
    let node = place.node.children[name]
    var hidesDirectory = node?.hidesDirectory ?? false
    var hides = node != nil
    switch node?.kind {
    case .directory(let merges)?:
      hidesDirectory = hidesDirectory || merges
      recent = nil
    case nil:
      let existing = try look(name, in: place)
      hides = existing != nil
      hidesDirectory = existing?.status.kind == .directory
    default: break
    }
    files.insert(Self.key(name, place))
    guard target != nil || hides else { return }
    let new = self.node(target.map { .link($0) } ?? .file)
    new.hidesDirectory = hidesDirectory
    place.node.children[name] = new
  }
}

private let slash = UInt8(ascii: "/")

extension AddedTree {
  private enum Step {
    case to(Place)
    case link([UInt8])
    case missing
    case file
  }

  private func node(_ kind: Node.Kind) -> Node {
    nodeCount += 1
    return Node(kind, nodeCount)
  }

  private static func key(_ name: FileName, _ place: Place) -> Int {
    var hasher = Hasher()
    hasher.combine(place.node.number)
    hasher.combine(name)
    return hasher.finalize()
  }

  private func walk(_ names: [FileName], makes: Bool) throws(Failure) -> Place? {
    var way = [root]
    var rest = names[...]
    var links = 0
    while let name = rest.popFirst() {
      if name.bytes == Array("..".utf8) {
        if way.count > 1 { way.removeLast() }
        continue
      }
      let above = way[way.count - 1]
      switch try step(name, in: above) {
      case .to(let place): way.append(place)
      case .file: throw Failure(.failed, "", "\(name.description.oneLine) on the way to it is no directory")
      case .missing:
        guard makes else { return nil }
        let node = node(.directory(merges: false))
        above.node.children[name] = node
        let place = Place(path: above.path(of: name), node: node, view: nil)
        try say(place.path, nil)
        way.append(place)
      case .link(let target):
        links += 1
        guard links <= Self.linkLimit else { throw Failure(.failed, "", "too many levels of symbolic links") }
        if target.first == slash { way.removeSubrange(1...) }
        let more = target.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
        rest = more.compactMap { FileName($0) }[...] + rest
      }
    }
    return way[way.count - 1]
  }

  private func step(_ name: FileName, in above: Place) throws(Failure) -> Step {
    let path = above.path(of: name)
    if let node = above.node.children[name] {
      switch node.kind {
      case .file: return .file
      case .link(let target): return .link(target)
      case .directory(let merges):
        let view = merges ? try lower(name, in: above) : nil
        return .to(Place(path: path, node: node, view: view))
      }
    }
    if files.contains(Self.key(name, above)) { return .file }
    guard let entry = try look(name, in: above) else { return .missing }
    switch entry.status.kind {
    case .symlink:
      return .link(try check(path) { () throws(Errno) in try entry.place.target(of: entry.name) }.bytes)
    case .directory:
      let view = try lower(name, in: above)
      let node = node(.directory(merges: true))
      above.node.children[name] = node
      try say(path, view)
      return .to(Place(path: path, node: node, view: view))
    default: return .file
    }
  }

  private func look(_ name: FileName, in place: Place) throws(Failure) -> OverlayEntry? {
    guard let view = place.view else { return nil }
    return try check(place.path(of: name)) { () throws(Errno) in try view.entry(name) }
  }

  private func lower(_ name: FileName, in place: Place) throws(Failure) -> OverlayDirectory? {
    guard let view = place.view else { return nil }
    return try check(place.path(of: name)) { () throws(Errno) in try view.directory(name) }
  }

  private func check<Result>(
    _ path: [UInt8], _ call: () throws(Errno) -> Result
  ) throws(Failure) -> Result {
    do { return try call() } catch {
      throw error.failure("/" + String(decoding: path, as: UTF8.self).oneLine)
    }
  }
}
