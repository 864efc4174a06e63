import Overlay
import System

extension FileTree {
  /// The paths of what is left out, with all that is below each.
  func leftOut() throws(Failure) -> [FileName] {
    var paths: [FileName] = []
    try visit { (name, member, tree) in
      if member == nil, let path = FileName(tree.path(of: name)) { paths.append(path) }
      return true
    }
    return paths
  }

  /// Whether anything in it is kept.
  func hasKept() throws(Failure) -> Bool {
    var found = false
    try visit { (_, member, _) in
      found = member?.keeping == .kept
      return !found
    }
    return found
  }

  /// Goes through all names, those of a directory before what is in it, however deep it is; to the first for which
  /// `visit` says no.
  private func visit(_ visit: (FileName, Member?, FileTree) -> Bool) throws(Failure) {
    var way = OpenWay(self) { (name, tree) throws(Failure) in try tree.subdirectory(name) }
    var waiting = [Array(try names().reversed())]
    while let level = waiting.indices.last {
      guard let name = waiting[level].popLast() else {
        waiting.removeLast()
        way.leave()
        continue
      }
      let tree = try way.last()
      let member = try tree.member(name)
      guard visit(name, member, tree) else { return }
      guard let member, member.entry.status.kind == .directory, let below = try tree.subdirectory(of: member)
      else { continue }
      waiting.append(try below.names().reversed())
      way.enter(name, below)
    }
  }
}
