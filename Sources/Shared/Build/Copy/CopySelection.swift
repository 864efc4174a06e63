import Dockerfile
import Overlay
import System

/// Finds what the sources of a COPY are, by BuildKit's rules.
///
/// A path is taken as if it were absolute in its tree; links are followed, also the last one, within the tree.
/// Wildcards match names, and find links, but not what lies in directories that are links. A pattern that matches
/// nothing is fine, a path that leads nowhere is not.
struct CopySelection {
  private let tree: FileTree
  private let excluded: [PathFilter]

  /// Sources in `tree`, without those of their files that the patterns match: paths from each source's own directory.
  init(in tree: FileTree, excluding patterns: [String]) throws(Failure) {
    self.tree = tree
    excluded = PathFilter(try IgnoreRules(patterns: patterns)).map { [$0] } ?? []
  }

  /// What a source of that text is.
  func sources(_ text: String) throws(Failure) -> [CopiedSource] {
    try find(Self.names(text)) { (tree) throws(Failure) in tree.filtered(by: excluded) }
  }

  /// The same with `--parents`: directories that keep nothing but what the text says, from its `/./` or the root on.
  func sourcesWithParents(_ text: String) throws(Failure) -> [CopiedSource] {
    let bytes = Array(text.utf8)
    let pivot = bytes.indices.first { bytes[$0...].starts(with: "/./".utf8) }
    let parent = pivot.map { Self.names(bytes[..<$0]) } ?? []
    let pattern = Self.names(pivot.map { bytes[($0 + 3)...] } ?? bytes[...])
    var included: [PathFilter] = []
    if !pattern.isEmpty {
      let text = Self.text(pattern)
      included = PathFilter(try IgnoreRules(patterns: ["*", "!" + text])).map { [$0] } ?? []
    }
    let isRequired = !(parent + pattern).contains { PathPattern.hasWildcards($0) }
    return try find(parent) { (tree) throws(Failure) in
      if isRequired, try !tree.has(pattern[...]) { throw Self.missing(parent + pattern) }
      return tree.filtered(by: included + excluded)
    }
  }

  /// The names in a path that is absolute, said or not; `..` is worked out in the text, within the root.
  static func names(_ path: String) -> [[UInt8]] { names(Array(path.utf8)[...]) }

  private static func names(_ path: ArraySlice<UInt8>) -> [[UInt8]] {
    var names: [[UInt8]] = []
    for name in path.split(separator: UInt8(ascii: "/")) where !name.elementsEqual(".".utf8) {
      if name.elementsEqual("..".utf8) {
        _ = names.popLast()
      } else {
        names.append(Array(name))
      }
    }
    return names
  }

  private static func missing(_ names: [[UInt8]]) -> Failure {
    Failure(.notFound, "", "\"/\(text(names).oneLine)\": not found")
  }

  private static func text(_ names: [[UInt8]]) -> String {
    String(decoding: Array(names.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
  }
}

extension CopySelection {
  private func find(
    _ names: [[UInt8]], _ directory: (FileTree) throws(Failure) -> FileTree
  ) throws(Failure) -> [CopiedSource] {
    guard let wild = names.firstIndex(where: { PathPattern.hasWildcards($0) }) else {
      guard let found = try tree.find(names) else { throw Self.missing(names) }
      return [try source(found, calledAs: names.last, directory)]
    }
    let fixed = Array(names[..<wild])
    guard let found = try tree.find(fixed) else { throw Self.missing(fixed) }
    guard case .directory(let place) = found else { return [] }
    var patterns: [PathPattern] = []
    for name in names[wild...] { patterns.append(try PathPattern(name, syntax: .match)) }
    var sources: [CopiedSource] = []
    try match(patterns[...], in: place, after: fixed) { (path, found) throws(Failure) in
      sources.append(try source(found, calledAs: path.last, directory))
    }
    return sources
  }

  private func source(
    _ found: FileTree.Found, calledAs name: [UInt8]?, _ directory: (FileTree) throws(Failure) -> FileTree
  ) throws(Failure) -> CopiedSource {
    switch found {
    case .directory(let tree): return .directory(try directory(tree))
    case .file(let entry, let tree):
      if entry.status.kind == .socket {
        throw Failure(.failed, tree.subject(tree.path(of: entry.name)), "a socket can't be copied")
      }
      let name = name.flatMap { FileName($0) } ?? entry.name
      return .file(CopiedFile(name: name, content: .member(entry, tree)))
    }
  }

  /// Gives `found` all that the patterns match, name by name, in the order of the names.
  private func match(
    _ patterns: ArraySlice<PathPattern>, in place: FileTree, after path: [[UInt8]],
    _ found: ([[UInt8]], FileTree.Found) throws(Failure) -> Void
  ) throws(Failure) {
    guard let pattern = patterns.first else { return }
    for name in try place.names() where pattern.matches(name.bytes) {
      guard let member = try place.member(name) else { continue }
      let path = path + [name.bytes]
      if patterns.count > 1 {
        guard let below = try place.subdirectory(of: member) else { continue }
        try match(patterns.dropFirst(), in: below, after: path, found)
        continue
      }
      switch member.entry.status.kind {
      case .directory:
        guard let below = try place.subdirectory(of: member) else { continue }
        if member.keeping == .onlyAbove, try !below.hasKept() { continue }
        try found(path, .directory(below))
      case .symlink:
        // Links on the way to it are followed again, which is the same way.
        guard let target = try tree.find(path) else { throw Self.missing(path) }
        try found(path, target)
      case .socket: continue
      default: try found(path, .file(member.entry, place))
      }
    }
  }
}
