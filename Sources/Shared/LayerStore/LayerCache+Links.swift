import Glibc
import System

extension LayerCache {
  /// The tree of the layer at `place` by a path as short as can be, relative to the store.
  ///
  /// It is a symbolic link whose name follows from `place`; where another layer has that name, the next one. What
  /// can't be made (a disk that is full or read-only) is not needed: then it is the long path.
  func shortPath(of place: String) -> String {
    let tree = "\(place)/\(Self.tree)"
    guard let target = FileName(Array("../\(tree)".utf8)) else { return tree }
    for attempt in 0..<16 {
      let name = "\(Name.links)/\(StableHash(attempt == 0 ? place : "\(place) \(attempt)").short)"
      if leads(name, to: target) { return name }
    }
    return tree
  }

  /// Whether the link `name` leads to `target`, made if there is none.
  private func leads(_ name: String, to target: FileName) -> Bool {
    let link = FileName(name)
    do { return try directory.target(of: link) == target } catch {
      guard error.rawValue == ENOENT else { return false }
    }
    do {
      _ = try directory.privateSubdirectory(Name.links)
      try directory.makeSymlink(link, to: target)
    } catch {
      // Another process was quicker, most likely with the same.
      guard error.rawValue == EEXIST else { return false }
    }
    return (try? directory.target(of: link)) == target
  }

  /// Removes the links that lead nowhere.
  ///
  /// One whose layer is just being published may be among them: whoever finds the layer makes it again.
  func removeDanglingLinks() throws(Failure) {
    guard let links = try existing(Name.links) else { return }
    do throws(Errno) {
      for bytes in try links.names() {
        guard let name = FileName(bytes) else { continue }
        let lost = name.withCString { faccessat(links.number, $0, F_OK, 0) == -1 && errno == ENOENT }
        guard lost else { continue }
        // Another collector may be as far.
        do { try links.unlink(name) } catch { if error.rawValue != ENOENT { throw error } }
      }
    } catch { throw failure(error, Name.links) }
  }
}
